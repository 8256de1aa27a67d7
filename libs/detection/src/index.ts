export { createEngine } from './engine/engine.js';
export type { Engine, EngineOptions, FoldOutcome, FoldResult, Position } from './engine/engine.js';
export type { KeyRecord } from './engine/key-record.js';
export * from './rule.js';
export { RULES } from './rules/index.js';
export type * from './runbook.js';
export { resolveSettings, type DetectionSettings } from './settings.js';
export * from './sweep.js';
export { SWEEPS } from './sweeps/index.js';
