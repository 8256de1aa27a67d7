import type { Rule } from '../rule.js';
import { authFailureBurst } from './authentication/auth-failure-burst.rule.js';
import { failureThenSuccess } from './authentication/failure-then-success.rule.js';
import { planRateExceeded } from './plans/plan-rate-exceeded.rule.js';
import { multiEnvironmentUse } from './sharing/multi-environment-use.rule.js';

/** Every rule on the stream. One line each. */
export const RULES: readonly Rule[] = [
  multiEnvironmentUse,
  planRateExceeded,
  authFailureBurst,
  failureThenSuccess,
];
