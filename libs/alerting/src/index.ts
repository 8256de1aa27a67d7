export * from './alert-ids.js';
export * from './evidence-query.js';
export * from './explain.js';
export type * from './finding.js';
export * from './severities.js';
export * from './silences.js';
export * from './to-alert-event.js';
export * from './words.js';
export * from './workflow.js';
