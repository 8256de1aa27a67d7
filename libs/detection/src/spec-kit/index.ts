/** For specs only: nothing here is exported from the package, and fast-check is no dependency of what runs. */
export * from './arrivals.js';
export * from './laws.js';
export * from './run.js';
export * from './scenario.js';
