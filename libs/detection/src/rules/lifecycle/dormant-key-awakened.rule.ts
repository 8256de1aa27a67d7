import type { Finding } from '@keywatch/alerting';
import { REQUEST_MADE } from '@keywatch/events';
import type { KeyState } from '@keywatch/keys';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { wasAuthenticated } from '../../uses/answers.js';
import { networkOf } from '../../uses/network.js';
import { isTemporary } from '../../uses/temporary-keys.js';
import { DAY_MS, isoDay, momentInWords } from '../../uses/times.js';
import { isNewNetwork, noteNetwork, type KnownNetworks } from './known-networks.js';

const SETTINGS = z.strictObject({
  silenceDays: z
    .int()
    .min(1)
    .max(400)
    .default(30)
    .describe('Days without a use that make a key dormant'),
  forgetDays: z
    .int()
    .min(1)
    .max(400)
    .default(90)
    .describe(
      'Days after which a key is forgotten whose creation was never seen; longer silences of it are not noticed',
    ),
  quietTags: z
    .array(z.string().min(1))
    .default(['quarterly-job'])
    .describe('Tags of keys that are meant to rest for long'),
  temporaryPrefixes: z
    .array(z.string().min(1))
    .default(['ASIA'])
    .describe(
      'Beginnings of the ids of temporary keys, which never rest that long: ASIA is AWS STS',
    ),
});

interface State {
  /** Latest use, ms; 0: none yet. */
  lastMs: number;
  /** Latest use before the latest silence, and the earliest after it; 0: there was none. */
  restedMs: number;
  wokeMs: number;
  told: number;
  readonly known: KnownNetworks;
}

/** First use after a long silence: an old key that was found, or a job that nobody remembered. */
export const dormantKeyAwakened = defineRule({
  id: 'dormant-key-awakened',
  version: 1,
  title: 'Dormant key used again',
  description:
    'The key was used after 30 days without a use: medium; high from a network (/24 of IPv4, /48 of IPv6) that was not ' +
    'among the last 8 it was used from before. A use whose secret was not accepted (401) is none. The silence is ' +
    'measured up to the lateness (15 minutes) before the use, so that the order of arrival does not matter. One alert per ' +
    'silence. Silent for temporary keys, for keys tagged quarterly-job, and for the first use of a key. A key whose ' +
    'creation was never seen is remembered for 90 days.',
  severity: 'high',
  settings: SETTINGS,
  runbook: {
    means:
      'Somebody found an old key in a repository, a backup or a forgotten machine and tries it; or a rare job ran, or a ' +
      'service came back.',
    check: [
      'Run the query of the alert: does the address or the agent fit the uses before the silence?',
      'Ask the owner whether something was started again that day.',
    ],
    act: [
      'Nobody knows of it: revoke the key, and look at what it did since it woke.',
      'A rare job: tag the key quarterly-job or except it; a service that is gone: revoke the key.',
    ],
    falseAlarms: [
      'Jobs by the month or quarter: the tag quarterly-job at creation, or quietTags.',
      'Keys in reserve that are tried from time to time: except them with a reason, or raise silenceDays.',
    ],
  },
  quietenedBy: ['keywatch.key.created.v1'],
  stateBytes: 4 * 1024,
  // Keys that somebody invents are never accepted: they have no state, and are forgotten soon.
  keepsMs: ({ forgetDays }, latenessMs, state) =>
    (state?.lastMs ?? 0) === 0 ? latenessMs : forgetDays * DAY_MS + latenessMs,
  initial: (): State => ({ lastMs: 0, restedMs: 0, wokeMs: 0, told: 0, known: [] }),
  serialize({ lastMs, restedMs, wokeMs, told, known }) {
    if (lastMs === 0) return undefined;
    return restedMs === 0 ? [lastMs, known] : [lastMs, known, restedMs, wokeMs, told];
  },
  deserialize(json): State {
    const [lastMs, known, restedMs = 0, wokeMs = 0, told = 0] = json as Stored;
    return { lastMs, restedMs, wokeMs, told, known };
  },

  fold(state, event, { settings, timeMs, latenessMs, late, key }) {
    if (event.type !== REQUEST_MADE || !wasAuthenticated(event.data)) return NOTHING;
    const network = networkOf(event.data.sourceIp);
    const silenceMs = settings.silenceDays * DAY_MS;
    if (state.lastMs === 0 && isTemporary(event.keyId, key, settings.temporaryPrefixes))
      return NOTHING;
    if (state.lastMs !== 0 && timeMs - state.lastMs > silenceMs - latenessMs) {
      [state.restedMs, state.wokeMs, state.told] = [state.lastMs, timeMs, 0];
    } else if (!late && timeMs < state.wokeMs && timeMs > state.restedMs) state.wokeMs = timeMs;
    if (timeMs > state.lastMs) state.lastMs = timeMs;

    const { restedMs } = state;
    const awakens =
      restedMs !== 0 &&
      !late &&
      timeMs - restedMs > silenceMs &&
      timeMs <= state.wokeMs + latenessMs &&
      !isQuiet(key, settings.quietTags);
    const restDay = Math.floor(restedMs / DAY_MS);
    const isNew = awakens && isNewNetwork(state.known, network, restDay);
    noteNetwork(state.known, network, Math.floor(timeMs / DAY_MS));
    const rank = isNew ? HIGH : MEDIUM;
    if (!awakens || rank <= state.told) return NOTHING;
    state.told = rank;
    const severity = isNew ? 'high' : 'medium';
    const days = Math.floor((timeMs - restedMs) / DAY_MS);
    const before = state.known.filter(([, firstDay]) => firstDay <= restDay).map(([name]) => name);
    return [
      {
        window: `silent since ${isoDay(restDay)}`,
        severity,
        occurredAtMs: timeMs,
        sentence:
          `Key ${event.keyId} was used at ${momentInWords(timeMs)} after ${days} days of silence, from ` +
          `${event.data.sourceIp ?? 'an unknown address'}${isNew ? ', a network it was not used from before' : ''}. ` +
          'Ask its owner whether they started something again; if not, revoke it and see what it did.',
        facts: {
          silentDays: days,
          lastUsedBefore: new Date(restedMs).toISOString(),
          awakenedAt: new Date(timeMs).toISOString(),
          address: event.data.sourceIp ?? '',
          agent: event.data.userAgent ?? '',
          newNetwork: isNew,
          networksBefore: before.sort(),
        },
        firstEventId: event.id,
        lastEventId: event.id,
        revision: [severity],
        // The uses around the silence: the last before it, and the first hours after it.
        scope: { view: 'requests', fromMs: restedMs, toMs: state.wokeMs + DAY_MS },
      },
    ];
  },
});

type Stored = [
  lastMs: number,
  known: KnownNetworks,
  restedMs?: number,
  wokeMs?: number,
  told?: number,
];

const NOTHING: readonly Finding[] = [];
const [MEDIUM, HIGH] = [1, 2];

function isQuiet(key: KeyState | undefined, quietTags: readonly string[]): boolean {
  const said = key?.description?.value;
  return (
    said?.kind === 'temporary' || (said?.tags?.some((tag) => quietTags.includes(tag)) ?? false)
  );
}
