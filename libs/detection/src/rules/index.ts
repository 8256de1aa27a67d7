import type { Rule } from '../rule.js';
import { multiEnvironmentUse } from './sharing/multi-environment-use.rule.js';

/** Every rule on the stream. One line each. */
export const RULES: readonly Rule[] = [multiEnvironmentUse];
