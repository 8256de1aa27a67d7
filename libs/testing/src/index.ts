export { aNotice, anAlert, anAlertEvent } from './alerts.js';
export { aJunkMessage, aLogMessage, type LogMessageOptions } from './log-messages.js';
export { MemoryChangelog } from './memory-changelog.js';
export { tinyEngine, type TinyEngineOptions, type TinyRecord } from './tiny-engine.js';
