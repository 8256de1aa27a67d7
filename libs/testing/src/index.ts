export { aNotice, anAlert, anAlertAction, anAlertEvent, aSilence } from './alerts.js';
export type { Fault, FaultDetails } from './fault-connection.js';
export { type FaultOptions, type FaultProxy, startFaultProxy } from './fault-proxy.js';
export { aJunkMessage, aLogMessage, type LogMessageOptions } from './log-messages.js';
export { MemoryChangelog } from './memory-changelog.js';
export { type Expected, expectedOf, type HourOfUse, type KeyFacts } from './oracle/oracle.js';
export { nameOf, type Produced } from './oracle/produced-event.js';
export { startSpecEngine, type SpecEngine } from './spec-engine.js';
export { tinyEngine, type TinyEngineOptions, type TinyRecord } from './tiny-engine.js';
