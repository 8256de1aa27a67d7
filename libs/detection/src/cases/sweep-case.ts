import { identityOf, type Alert, type AlertEvent } from '@keywatch/events';
import type { DetectionPolicy } from '../policy/policy.js';
import { SweepMemory } from '../policy/sweep-memory.js';
import { sweepPlans } from '../policy/sweep-plan.js';
import { withSettings } from '../policy/with-settings.js';
import type { Arrived } from './case-event.js';
import { differenceInAnyOrder } from './difference.js';
import { resultOf, type CaseResult, type SweepCase } from './rule-case.js';

/** An empty database that takes events and alerts as ingest stores them. */
export interface CaseStore {
  events(...arrived: readonly Arrived[]): Promise<void>;
  alerts(alerts: readonly AlertEvent[]): Promise<void>;
  /** Rows of a query; `{{database}}` in it is the database's name. */
  ask(query: string, params: Readonly<Record<string, unknown>>): Promise<unknown[]>;
}

/** Whether an event that arrives then has come in when a sweep looks as of that time, both in ms. */
export const isIn = (logTimeMs: number, asOfMs: number, latenessMs: number): boolean =>
  logTimeMs <= asOfMs + latenessMs;

/**
 * Runs a case with what holds by the policy, and the case's own settings above it. Round by round as sweep does: what
 * has arrived by then is stored, the sweep looks, what it tells is stored.
 */
export async function runSweepCase(
  one: SweepCase,
  policy: DetectionPolicy,
  store: CaseStore,
): Promise<CaseResult> {
  const { rule, settings, given, asOfMs, then, latenessMs } = one;
  const plans = sweepPlans([rule], withSettings(policy, rule.id, settings));
  const memory = new SweepMemory();
  const told: Alert[] = [];
  let waiting = eachOnce(given);
  for (const at of asOfMs) {
    await store.events(...waiting.filter(({ logTimeMs }) => isIn(logTimeMs, at, latenessMs)));
    waiting = waiting.filter(({ logTimeMs }) => !isIn(logTimeMs, at, latenessMs));
    for (const plan of plans) {
      await memory.round(
        plan,
        at,
        ({ query, params }) => store.ask(query, params),
        async (alerts) => {
          await store.alerts(alerts);
          told.push(...alerts.map(({ alert }) => alert));
        },
      );
    }
  }
  return resultOf(one, told, differenceInAnyOrder(told, then));
}

/** In the order of arrival; of events of one identity the first, as ingest stores them. */
function eachOnce(arrived: readonly Arrived[]): Arrived[] {
  const seen = new Set<string>();
  return arrived
    .toSorted((a, b) => a.logTimeMs - b.logTimeMs)
    .filter(({ event: { tenantId, source, id } }) => {
      const identity = identityOf(tenantId, source, id);
      return !seen.has(identity) && seen.add(identity);
    });
}
