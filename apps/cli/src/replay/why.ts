import { RULES, type ReplayedAlert } from '@keywatch/detection';
import type { Telling } from './comparison.js';
import type { ReplayPlan } from './plan.js';
import type { StoredTelling } from './stored-tellings.js';

/** What can explain a difference. */
export type Circumstances = Pick<ReplayPlan, 'memoryFromMs' | 'detected'>;

/** A telling of the replay, and why it may not be stored. */
export function replayedTelling(
  { partition, offset, alert: { id, alert }, ruleThen }: ReplayedAlert,
  { memoryFromMs, detected }: Circumstances,
): Telling {
  const { alertId, rule, ruleVersion, tenantId, keyId, detectedAt } = alert;
  const why =
    offset >= (detected.get(partition) ?? 0)
      ? 'detection has not been there yet'
      : ruleThen === null
        ? 'the rule was not there then'
        : ruleThen !== ruleVersion
          ? `the rule had version ${ruleThen} then, it has ${ruleVersion} now`
          : memory(memoryFromMs);
  const detectedAtMs = Date.parse(detectedAt);
  return { id, alertId, rule, tenantId, keyId, detectedAtMs, why };
}

/** A telling that is stored, and why a replay may not give it. */
export function storedTelling(
  { ruleVersion, ruleId: rule, ...telling }: StoredTelling,
  { memoryFromMs }: Circumstances,
): Telling {
  const now = RULES.find(({ id }) => id === rule)?.version;
  const why =
    now === undefined
      ? 'the rule is not there any more'
      : now !== ruleVersion
        ? `the rule had version ${ruleVersion} then, it has ${now} now`
        : memory(memoryFromMs);
  return { ...telling, rule, why };
}

function memory(fromMs: number | undefined): string {
  return fromMs === undefined
    ? ''
    : `it may rest on what arrived before ${new Date(fromMs).toISOString()}`;
}
