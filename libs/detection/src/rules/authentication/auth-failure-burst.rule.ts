import type { Finding } from '@keywatch/alerting';
import { REQUEST_MADE } from '@keywatch/events';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { QUIET_DAYS, silenceOf, spellText, TOLD_KEEPS_MS } from '../../uses/spell-days.js';
import { noSpells, spellOf, type Spells } from '../../windows/spells.js';
import * as counts from '../../windows/time-counts.js';
import { dayText, doublings, isMore, timeText, type ToldDays } from '../../windows/told-days.js';
import { addSeen, firstSeen, type SeenEvents } from '../../windows/seen-events.js';
import { EXPLAINING, isExplained, REFUSED_IN_SQL, refusalOf } from './refusals.js';

const { BUCKET_MS } = counts;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const SETTINGS = z.strictObject({
  failures: z.int().min(2).max(100_000).default(20).describe('Refusals that make a burst'),
  windowMinutes: z.int().min(1).max(60).default(10).describe('Minutes that they fall within'),
  countForbidden: z
    .boolean()
    .default(true)
    .describe('Whether 403 (not allowed) counts like 401 (not authenticated)'),
  quietHours: z
    .int()
    .min(0)
    .max(720)
    .default(24)
    .describe('Hours after expiry, revocation or disabling in which refusals are expected'),
  againAfterDays: QUIET_DAYS,
});

interface State {
  readonly counts: counts.TimeCounts;
  /** Of each bucket the events that count: an event that comes again is none more. */
  readonly seen: SeenEvents[];
  /** Days with bursts, and what was told of each spell of them. */
  readonly spells: Spells;
  readonly told: ToldDays;
}

/** Many refusals of one key: 20 in 10 minutes, as public rules for failed console log-ins and AccessDenied have it. */
export const authFailureBurst = defineRule({
  id: 'auth-failure-burst',
  version: 2,
  title: 'Burst of refused requests',
  description:
    '20 or more requests of the key within 10 minutes of event time (windows begin every 10 seconds) were refused with ' +
    '401 or 403. Both count alike: a 401 is a secret that does not hold, a 403 a good one that feels out what it may do; ' +
    "CloudTrail has 403 for AccessDenied and for wrong signatures alike. Quiet for 24 hours after the key's expiry, " +
    'revocation or disabling, and for requests with a secret from before the last rotation. One alert per key while bursts ' +
    'go on, told again each time the largest of them doubles; after more than 7 days without one the next is told anew.',
  severity: 'medium',
  settings: SETTINGS,
  runbook: {
    means:
      'Somebody guesses secrets or feels out what a stolen key may do, or a client was given a wrong secret or too few ' +
      'permissions and tries again without end.',
    check: [
      'Run the query of the alert grouped by source_ip, endpoint and status: many endpoints from one address means feeling out.',
      'Did the same address use the key with success before or after? Look for failure-then-success on the key.',
    ],
    act: [
      'An unknown address or many endpoints: rotate the key, block the address, look at what it was served.',
      'One known client: give it the right secret or the permission, or make it stop.',
    ],
    falseAlarms: [
      'A program without a permission that polls: mend it, or except the key with a reason.',
      'Keys with very much traffic and a usual share of 403: raise failures, or set countForbidden to false.',
    ],
  },
  quietenedBy: EXPLAINING,
  stateBytes: 96 * 1024,
  keepsMs: ({ windowMinutes }, latenessMs, state) =>
    (state?.told.length ?? 0) > 0 ? TOLD_KEEPS_MS : windowMinutes * MINUTE_MS + latenessMs,
  initial: (): State => ({ counts: [], seen: [], spells: noSpells(), told: [] }),
  serialize: ({ counts: some, seen, spells, told }) =>
    some.length === 0 ? undefined : [counts.packCounts(some), seen, spells, told],
  deserialize(json) {
    const [packed, seen, spells, told] = json as [number[], SeenEvents[], Spells, number[]];
    return { counts: counts.unpackCounts(packed), seen, spells, told };
  },

  fold(state, event, { settings, key, timeMs, clockMs, latenessMs, late }) {
    if (event.type !== REQUEST_MADE || late) return NOTHING;
    const refusal = refusalOf(event.data);
    if (refusal === undefined || (refusal === 'forbidden' && !settings.countForbidden))
      return NOTHING;
    if (isExplained(event.data, key, timeMs, settings.quietHours * HOUR_MS)) return NOTHING;

    const width = (settings.windowMinutes * MINUTE_MS) / BUCKET_MS;
    const bucket = counts.bucketOf(timeMs);
    const known = counts.indexOf(state.counts, bucket);
    const ids = state.seen[known];
    if (ids !== undefined && !addSeen(ids, event.id, settings.failures)) return NOTHING;
    const added = counts.addOne(state.counts, bucket);
    if (added >= 0) {
      state.seen.splice(added, 0, firstSeen(event.id));
      const oldest = counts.bucketOf(clockMs - latenessMs) - width;
      state.seen.splice(0, counts.forgetBefore(state.counts, oldest));
    }
    const near = counts.countBetween(state.counts, bucket - width + 1, bucket + width);
    if (near < settings.failures) return NOTHING;
    const { againAfterDays, windowMinutes } = settings;
    const silence = silenceOf(againAfterDays, latenessMs, windowMinutes * MINUTE_MS);
    return counts
      .largestByDay(state.counts, width, bucket - width + 1, bucket)
      .filter(({ count }) => count >= settings.failures)
      .flatMap(({ day, from, count }): Finding[] => {
        const level = doublings(count, settings.failures);
        const spell = spellOf(state.spells, day, silence);
        if (!isMore(state.told, spell, 'medium', level)) return [];
        const [firstEventId = ''] = state.seen[counts.indexOf(state.counts, from)] ?? [];
        const fromMs = from * BUCKET_MS;
        return [
          {
            window: spellText('refusals', spell),
            severity: 'medium',
            occurredAtMs: timeMs,
            sentence:
              `Key ${event.keyId} was refused ${count} times (401 or 403) in the ${settings.windowMinutes} minutes from ` +
              `${timeText(fromMs)} UTC. See from which addresses and at which endpoints: rotate the key if somebody ` +
              'guesses or feels out what it may do; else mend the client.',
            facts: {
              day: dayText(day),
              refusals: count,
              windowMinutes: settings.windowMinutes,
              windowFrom: new Date(fromMs).toISOString(),
              lastAddress: event.data.sourceIp ?? '',
              lastEndpoint: event.data.endpoint ?? '',
            },
            firstEventId,
            lastEventId: event.id,
            revision: ['medium', String(level)],
            scope: {
              view: 'requests',
              fromMs,
              toMs: fromMs + settings.windowMinutes * MINUTE_MS - 1,
              where: [REFUSED_IN_SQL],
            },
          },
        ];
      });
  },
});

const NOTHING: readonly Finding[] = [];
