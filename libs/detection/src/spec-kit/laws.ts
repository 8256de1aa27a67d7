import assert from 'node:assert/strict';
import { severityRank } from '@keywatch/alerting';
import type { AlertEvent } from '@keywatch/events';
import fc from 'fast-check';
import type { Engine } from '../engine/engine.js';
import { MAX_AHEAD_MS } from '../engine/event-time.js';
import type { Rule } from '../rule.js';
import type { Arrival } from './arrivals.js';
import { run } from './run.js';

const PERMUTATIONS = 40;

/** What must not depend on the order of arrival: which alerts there are, and the highest severity of each. */
export function outcomeOf(alerts: readonly AlertEvent[]): Record<string, string> {
  const highest: Record<string, string> = {};
  for (const { alert } of alerts) {
    const name = `${alert.rule} ${alert.keyId} ${alert.window} ${alert.alertId}`;
    const before = highest[name] as typeof alert.severity | undefined;
    if (before === undefined || severityRank(alert.severity) > severityRank(before)) {
      highest[name] = alert.severity;
    }
  }
  return Object.fromEntries(Object.entries(highest).sort());
}

/** Every event delivered twice, at once and as a whole once more, gives the same alerts. */
export function assertDuplicatesChangeNothing(engine: Engine, arrivals: readonly Arrival[]): void {
  const expected = outcomeOf(run(engine, arrivals).alerts);
  const last = Math.max(...arrivals.map(({ logTimeMs }) => logTimeMs));
  const again = arrivals.map(({ event }) => ({ event, logTimeMs: last }));
  const twice = [...arrivals.flatMap((one) => [one, one]), ...again];
  assert.deepEqual(outcomeOf(run(engine, twice).alerts), expected, 'delivered twice');
}

/** Records written and read back between any two events give the same tellings. */
export function assertStoringChangesNothing(engine: Engine, arrivals: readonly Arrival[]): void {
  assert.deepEqual(
    run(engine, arrivals, true).alerts,
    run(engine, arrivals).alerts,
    'stored in between',
  );
}

/**
 * Any order of arrival in which each event is on time (no further behind another than the lateness) gives the same
 * alerts. Events that only quieten the rule stay first. A failure prints the seed that repeats it.
 */
export function assertOrderChangesNothing(
  engine: Engine,
  rule: Pick<Rule, 'quietenedBy'>,
  arrivals: readonly Arrival[],
  latenessMs: number,
): void {
  const fromArrival = arrivals.find(
    ({ event, logTimeMs }) => !(event.timeMs <= logTimeMs + MAX_AHEAD_MS),
  );
  if (fromArrival !== undefined) {
    const { id } = fromArrival.event;
    throw new Error(`${id}: its time comes from its arrival; use inThisOrderOnly(reason)`);
  }
  const expected = outcomeOf(run(engine, arrivals).alerts);
  const delays = fc.array(fc.integer({ min: 0, max: latenessMs }), {
    minLength: arrivals.length,
    maxLength: arrivals.length,
  });
  fc.assert(
    fc.property(delays, (delay) => {
      const order = delayed(arrivals, delay, rule.quietenedBy ?? []);
      const ids = order.map(({ event }) => event.id).join(', ');
      assert.deepEqual(outcomeOf(run(engine, order).alerts), expected, `arrived as ${ids}`);
    }),
    { numRuns: PERMUTATIONS },
  );
}

/** Each event arrives its delay after it happened, so none is further behind than the longest delay. */
function delayed(
  arrivals: readonly Arrival[],
  delay: readonly number[],
  first: readonly string[],
): Arrival[] {
  const happened = arrivals.map(({ event }) => event.timeMs);
  const earliest = Math.min(...happened);
  return arrivals
    .map(({ event }, i) => ({
      event,
      logTimeMs: first.includes(event.type) ? earliest : (happened[i] ?? 0) + (delay[i] ?? 0),
      rank: first.includes(event.type) ? 0 : 1,
    }))
    .sort((a, b) => a.rank - b.rank || a.logTimeMs - b.logTimeMs);
}
