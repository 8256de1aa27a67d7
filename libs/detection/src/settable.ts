import { PIPELINE_CHECKS } from './pipeline/index.js';
import type { Settable } from './rules-file/schema.js';
import { RULES } from './rules/index.js';
import { SWEEPS } from './sweeps/index.js';

/** All that the settings file sets: rules on the stream, sweeps, checks of the pipeline. */
export const SETTABLE: readonly Settable[] = [...RULES, ...SWEEPS, ...PIPELINE_CHECKS];
