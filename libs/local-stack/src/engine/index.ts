export { ANALYST_LIMITS } from './analyst-policy.js';
export { type EngineAvailability, engineAvailable } from './chdb.js';
export { type EngineHandle, type EngineOptions, startEngine } from './start-engine.js';
export { startTemporaryEngine } from './temporary-engine.js';
