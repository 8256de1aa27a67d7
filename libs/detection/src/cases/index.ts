export { parseCases } from './parse-cases.js';
export type * from './rule-case.js';
export { runStreamCase } from './stream-case.js';
export { runSweepCase, type CaseStore } from './sweep-case.js';
