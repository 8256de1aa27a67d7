import type { Finding } from '@keywatch/alerting';
import { REQUEST_MADE, type Severity } from '@keywatch/events';
import { PLAN_RATES, type KeyState } from '@keywatch/keys';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import * as counts from '../../windows/time-counts.js';
import { dayText, doublings, isMore, timeText, type ToldDays } from '../../windows/told-days.js';
import { minutesInARow } from './minutes-in-a-row.js';

const { BUCKET_MS } = counts;
const MINUTE_MS = 60_000;
const MINUTE = MINUTE_MS / BUCKET_MS;

const SETTINGS = z.strictObject({
  perMinuteByPlan: z
    .record(z.string(), z.int().min(1).max(10_000_000))
    .default(PLAN_RATES)
    .describe('Requests a minute by plan (lower case); any other plan is left alone'),
  burst: z.number().min(1).max(10).default(1.2).describe('Times the limit that pass as a burst'),
  farTimes: z.number().min(1).max(1000).default(3).describe('Times the limit that make it medium'),
  minutesInARow: z.int().min(2).max(30).default(5).describe('Minutes in a row that make it medium'),
  staysAt: z
    .number()
    .min(0.1)
    .max(1)
    .default(0.8)
    .describe('Share of limit and burst at which a minute still belongs to the row'),
});

interface State {
  readonly counts: counts.TimeCounts;
  readonly told: ToldDays;
}

/** More requests in a minute than the plan gives. The limits are a proposal, the burst that of usual token buckets. */
export const planRateExceeded = defineRule({
  id: 'plan-rate-exceeded',
  version: 1,
  title: 'Key used beyond the rate of its plan',
  description:
    'In 60 seconds of event time (windows begin every 10 seconds) the key made more requests than its plan gives a minute ' +
    'with a burst of 1.2 on top: low. At 3 times the limit or more, or when it goes on for 5 minutes in a row: medium; a ' +
    'minute that stays at 80 % of that belongs to the row. Refused requests count too. Silent where no creation named a ' +
    'plan, or the plan has no limit here. One alert per key and UTC day, told again when it becomes medium or doubles.',
  severity: 'medium',
  settings: SETTINGS,
  runbook: {
    means:
      'A client that retries without pause or runs more often than it should, a plan that was outgrown, or somebody else ' +
      'who uses the key beside its owner.',
    check: [
      'Run the query of the alert grouped by source_ip and user_agent: one caller, or a new one beside the usual?',
      'Group it by status: many 429 or 5xx mean a client that retries without backing off.',
    ],
    act: [
      'A new caller: treat the key as stolen, rotate it and look at what it did.',
      'The usual caller: ask the owner to slow the client down, or to take a larger plan.',
    ],
    falseAlarms: [
      'The contract gives more than the plan says: set perMinuteByPlan, or except the key.',
      'Short bursts by agreement: raise burst.',
    ],
  },
  quietenedBy: ['keywatch.key.created.v1'],
  stateBytes: 12 * 1024,
  keepsMs: ({ minutesInARow: row }, latenessMs) => (row + 1) * MINUTE_MS + latenessMs,
  initial: (): State => ({ counts: [], told: [] }),
  serialize: ({ counts: some, told }) =>
    some.length === 0 ? undefined : [counts.packCounts(some), told],
  deserialize(json) {
    const [packed, told] = json as [number[], number[]];
    return { counts: counts.unpackCounts(packed), told };
  },

  fold(state, event, context) {
    const { settings, key, keyBefore, timeMs, clockMs, latenessMs } = context;
    const row = settings.minutesInARow * MINUTE;
    const bucket = counts.bucketOf(timeMs);
    if (event.type === REQUEST_MADE) {
      if (context.late) return NOTHING;
      // Counted without a plan, too: its creation may come just after.
      if (counts.addOne(state.counts, bucket) >= 0)
        counts.forgetBefore(state.counts, counts.bucketOf(clockMs - latenessMs) - row);
    } else if (planOf(key) === planOf(keyBefore)) return NOTHING;
    const plan = planOf(key);
    if (!Object.hasOwn(settings.perMinuteByPlan, plan)) return NOTHING;
    const limit = settings.perMinuteByPlan[plan] ?? Infinity;
    const threshold = limit * settings.burst;
    const isUse = event.type === REQUEST_MADE;
    const near = counts.countBetween(state.counts, bucket - MINUTE + 1, bucket + MINUTE);
    if (isUse && near < threshold * settings.staysAt) return NOTHING;

    const rows = minutesInARow(state.counts, settings.minutesInARow, threshold, settings.staysAt);
    const [from, to] = isUse && rows.length === 0 ? [bucket - MINUTE + 1, bucket] : [0, Infinity];
    const found = counts
      .largestByDay(state.counts, MINUTE, from, to)
      .filter(({ count }) => count > threshold);
    return found.flatMap((largest): Finding[] => {
      const { day, count } = largest;
      const goesOn = rows.includes(day);
      const severity: Severity = goesOn || count >= limit * settings.farTimes ? 'medium' : 'low';
      const level = doublings(count, threshold);
      if (!isMore(state.told, day, severity, level)) return [];
      const minutes = goesOn ? settings.minutesInARow : 1;
      const said = { plan, limit, severity, level, minutes, timeMs };
      return [findingOf(event.keyId, largest, said, event.id)];
    });
  },
});

const NOTHING: readonly Finding[] = [];

function planOf(key: KeyState | undefined): string {
  return key?.description?.value.plan.toLowerCase() ?? '';
}

interface Said {
  readonly plan: string;
  readonly limit: number;
  readonly severity: Severity;
  readonly level: number;
  readonly minutes: number;
  readonly timeMs: number;
}

function findingOf(
  keyId: string,
  { day, from, count }: counts.Largest,
  { plan, limit, severity, level, minutes, timeMs }: Said,
  eventId: string,
): Finding {
  const fromMs = from * BUCKET_MS;
  const toMs = fromMs + MINUTE_MS - 1;
  const goesOn = minutes > 1 ? `, and this for ${minutes} minutes in a row` : '';
  return {
    window: dayText(day),
    severity,
    occurredAtMs: Math.min(timeMs, toMs),
    sentence:
      `Key ${keyId} made ${count} requests in the 60 seconds from ${timeText(fromMs)} UTC${goesOn}; ` +
      `plan ${plan} gives ${limit} a minute. ` +
      'See who calls: ask the owner to slow the client down or take a larger plan; rotate the key if the caller is foreign.',
    facts: {
      day: dayText(day),
      plan,
      limitPerMinute: limit,
      requestsInMinute: count,
      timesTheLimit: Math.round((count / limit) * 10) / 10,
      minutesInARow: minutes,
      minuteFrom: new Date(fromMs).toISOString(),
    },
    lastEventId: eventId,
    revision: [severity, String(level)],
    scope: { view: 'requests', fromMs, toMs },
  };
}
