import type { Rule } from '../rule.js';
import { scannerUserAgent } from './agents/scanner-user-agent.rule.js';
import { authFailureBurst } from './authentication/auth-failure-burst.rule.js';
import { failureThenSuccess } from './authentication/failure-then-success.rule.js';
import { newCaller } from './callers/new-caller.rule.js';
import { leakedKeyReported } from './leaks/leaked-key-reported.rule.js';
import { useAfterLeakReport } from './leaks/use-after-leak-report.rule.js';
import { dormantKeyAwakened } from './lifecycle/dormant-key-awakened.rule.js';
import { oldSecretAfterGrace } from './lifecycle/old-secret-after-grace.rule.js';
import { revokedKeyUse } from './lifecycle/revoked-key-use.rule.js';
import { planRateExceeded } from './plans/plan-rate-exceeded.rule.js';
import { multiEnvironmentUse } from './sharing/multi-environment-use.rule.js';

/** Every rule on the stream. One line each. */
export const RULES: readonly Rule[] = [
  multiEnvironmentUse,
  planRateExceeded,
  authFailureBurst,
  failureThenSuccess,
  revokedKeyUse,
  oldSecretAfterGrace,
  dormantKeyAwakened,
  leakedKeyReported,
  useAfterLeakReport,
  scannerUserAgent,
  newCaller,
];
