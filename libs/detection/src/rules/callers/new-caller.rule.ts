import { sqlText, type Finding } from '@keywatch/alerting';
import { REQUEST_MADE } from '@keywatch/events';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { wasAuthenticated, wasServed } from '../../uses/answers.js';
import { isAddressNetwork, networkInSql, networkOf } from '../../uses/network.js';
import { QUIET_DAYS, silenceOf, spellText, TOLD_KEEPS_MS } from '../../uses/spell-days.js';
import { isTemporary } from '../../uses/temporary-keys.js';
import { DAY_MS, isoDay, momentInWords } from '../../uses/times.js';
import { noSpells, spellOf, type Spells } from '../../windows/spells.js';
import { isMore, type ToldDays } from '../../windows/told-days.js';
import { agentFamily } from './agent-family.js';
import { countUpTo, isKnownSince, noteFirstDay, type FirstDays } from './first-days.js';

const SETTINGS = z.strictObject({
  learnDays: z
    .int()
    .min(2)
    .max(30)
    .default(7)
    .describe('Days with uses that it takes to know the callers of a key'),
  mostNetworks: z
    .int()
    .min(1)
    .max(16)
    .default(4)
    .describe('Networks up to which callers are steady; a key of more has new ones all the time'),
  mostPrograms: z
    .int()
    .min(1)
    .max(16)
    .default(6)
    .describe('Programs up to which callers are steady'),
  forgetDays: z
    .int()
    .min(7)
    .max(400)
    .default(60)
    .describe(
      'Days without a use after which the callers of a key are forgotten that nobody issued',
    ),
  temporaryPrefixes: z
    .array(z.string().min(1))
    .default(['ASIA'])
    .describe('Beginnings of the ids of temporary keys, which have no past: ASIA is AWS STS'),
  againAfterDays: QUIET_DAYS,
});

interface State {
  /** The first days with uses, as many as it takes. */
  readonly days: number[];
  readonly networks: FirstDays;
  readonly programs: FirstDays;
  readonly spells: Spells;
  readonly told: ToldDays;
}

/** A stolen key that is let in: nothing is refused and no tool gives itself away, but it is another place and program. */
export const newCaller = defineRule({
  id: 'new-caller',
  version: 1,
  title: 'Key used by a new program from a new network',
  description:
    'A key whose callers are known (used on 7 days, from at most 4 networks, by at most 6 programs) was used from a network ' +
    '(/24 of IPv4, /48 of IPv6) and by a program (its name and system, whatever the version) that were both not there ' +
    'before: high; medium while it was only refused. Both in one request, because either alone is everyday: a hotel, a ' +
    'new SDK. Days count when they are over, so the order of arrival does not matter, and what is new stays so for two ' +
    'days. Silent for temporary keys, for services of the cloud that call for the owner, and where a source names no ' +
    'address or agent. One alert per key while new ones come; after more than 7 days without, the next is told anew.',
  severity: 'high',
  settings: SETTINGS,
  runbook: {
    means:
      'Somebody has a copy of the key and uses it with their own tools from their own network; or its owner moved a ' +
      'service, changed its SDK, or works from elsewhere with something new.',
    check: [
      'Run the query of the alert: what did this caller ask first? Listing users, buckets and policies is looking around.',
      'Ask the owner whether a service was moved or a new program set up that day.',
      'Do the usual callers go on at the same time? A service that was moved does not call from its old place as well.',
    ],
    act: [
      'Nobody knows of it: revoke or rotate the key now, and look at everything that this network was served.',
      'The owner moved: resolve the alert; two days later the new caller is a known one.',
    ],
    falseAlarms: [
      'Services that move now and then with a new image: except their network, or raise mostNetworks no further than needed.',
      'A contractor who starts to use a shared key: give them a key of their own.',
    ],
  },
  stateBytes: 6 * 1024,
  keepsMs({ forgetDays }, latenessMs, state) {
    if ((state?.told.length ?? 0) > 0) return TOLD_KEEPS_MS;
    return (state?.days.length ?? 0) === 0 ? latenessMs : forgetDays * DAY_MS + latenessMs;
  },
  initial: (): State => ({
    days: [],
    networks: [],
    programs: [],
    spells: noSpells(),
    told: [],
  }),
  serialize({ days, networks, programs, spells, told }): Stored | undefined {
    if (days.length === 0) return undefined;
    return told.length === 0
      ? [days, networks, programs]
      : [days, networks, programs, spells, told];
  },
  deserialize(json): State {
    const [days, networks, programs, spells = noSpells(), told = []] = json as Stored;
    return { days, networks, programs, spells, told };
  },

  fold(state, event, { settings, key, timeMs, latenessMs, late }) {
    if (event.type !== REQUEST_MADE || !wasAuthenticated(event.data)) return NOTHING;
    const { sourceIp = '', userAgent = '' } = event.data;
    const network = networkOf(sourceIp);
    const program = agentFamily(userAgent);
    if (program === '' || !isAddressNetwork(network)) return NOTHING;
    if (isTemporary(event.keyId, key, settings.temporaryPrefixes)) return NOTHING;

    const { learnDays, mostNetworks, mostPrograms, againAfterDays } = settings;
    const day = Math.floor(timeMs / DAY_MS);
    noteDay(state.days, day, learnDays);
    // One more than callers are steady with says that they are not.
    noteFirstDay(state.networks, network, day, mostNetworks + 1);
    noteFirstDay(state.programs, program, day, mostPrograms + 1);
    const silence = silenceOf(againAfterDays, latenessMs);
    // Of days up to this one everything on time is in.
    const overDay = day - 1 - silence.disorderDays;
    if (late || (state.days[learnDays - 1] ?? Infinity) > overDay) return NOTHING;
    if (isKnownSince(state.networks, network, overDay)) return NOTHING;
    if (isKnownSince(state.programs, program, overDay)) return NOTHING;
    const networks = countUpTo(state.networks, overDay);
    if (networks > mostNetworks || countUpTo(state.programs, overDay) > mostPrograms)
      return NOTHING;

    const served = wasServed(event.data);
    const severity = served ? 'high' : 'medium';
    const spell = spellOf(state.spells, day, silence);
    if (!isMore(state.told, spell, severity, 0)) return NOTHING;
    const before = (known: FirstDays): string[] =>
      known.filter(([, firstDay]) => firstDay <= overDay).map(([name]) => name);
    return [
      {
        window: spellText('new caller', spell),
        severity,
        occurredAtMs: timeMs,
        sentence:
          `Key ${event.keyId} was used at ${momentInWords(timeMs)} from ${sourceIp} with ${program}; neither the network nor ` +
          `the program was there before (${networks === 1 ? '1 network' : `${networks} networks`}, ` +
          `${before(state.programs).join(', ')}), and the request was ${served ? 'served' : 'not served'}. ` +
          'Ask the owner whether they moved or set up something; if not, revoke the key and see what it did.',
        facts: {
          day: isoDay(day),
          address: sourceIp,
          network,
          program,
          agent: userAgent,
          endpoint: event.data.endpoint ?? '',
          served,
          networksBefore: before(state.networks),
          programsBefore: before(state.programs),
        },
        firstEventId: event.id,
        lastEventId: event.id,
        revision: [severity],
        scope: {
          view: 'requests',
          fromMs: day * DAY_MS,
          toMs: (day + 1) * DAY_MS - 1,
          where: [networkInSql(network), `user_agent = ${sqlText(userAgent)}`],
        },
      },
    ];
  },
});

type Stored = [
  days: number[],
  networks: FirstDays,
  programs: FirstDays,
  spells?: Spells,
  told?: ToldDays,
];

const NOTHING: readonly Finding[] = [];

/** Keeps the first so many days. */
function noteDay(days: number[], day: number, most: number): void {
  if (days.includes(day) || (days.length >= most && day > (days.at(-1) ?? 0))) return;
  days.push(day);
  days.sort((a, b) => a - b);
  if (days.length > most) days.pop();
}
