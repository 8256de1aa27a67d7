export * from './cap-text.js';
export * from './fold.js';
export * from './key-state.js';
export { mergeKeyStates } from './merge.js';
export * from './pack.js';
export * from './questions.js';
export * from './plan-limits.js';
