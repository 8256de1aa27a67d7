import { sqlText, type Finding } from '@keywatch/alerting';
import { REQUEST_MADE, type RequestMade } from '@keywatch/events';
import { capText } from '@keywatch/keys';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { wasServed } from '../../uses/answers.js';
import { QUIET_DAYS, silenceOf, spellText, TOLD_KEEPS_MS } from '../../uses/spell-days.js';
import { DAY_MS, isoDay, momentInWords } from '../../uses/times.js';
import { noSpells, spellOf, type Spells } from '../../windows/spells.js';
import { isMore, type ToldDays } from '../../windows/told-days.js';
import { agentKinds, type AgentKind } from './agent-kinds.js';
import { BY_HAND, SDK_MARKS, TOOLS } from './scanners.js';
import { noSdkDays, noteSdkUse, sdkUsesBefore, type SdkDays } from './sdk-days.js';

const words = (): z.ZodArray<z.ZodString> => z.array(z.string().min(2).max(64)).max(256);

const SETTINGS = z.strictObject({
  tools: words()
    .default([...new Set(TOOLS.map(({ mark }) => mark))])
    .describe(
      'Words in user agents of scanners and attack tools, in any case; where each is from: scanners.ts',
    ),
  ownScanners: words()
    .default([])
    .describe('Words in user agents of your own scanners and testers: what says one is left alone'),
  byHand: words()
    .default([...BY_HAND])
    .describe('Words in user agents of programs that people call by hand'),
  sdkMarks: words()
    .default([...SDK_MARKS])
    .describe('Words in user agents of SDKs'),
  sdkRequests: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe('Requests by SDKs alone on earlier days that make a key one for SDKs only'),
  againAfterDays: QUIET_DAYS,
});
type Settings = z.output<typeof SETTINGS>;

/** Tools remembered per key, so that each is told once. */
const MAX_TOLD = 32;
const MAX_NAME = 32;

/** What was told of one tool: the severity of its latest spell, and of the one before. */
type ToldOf = [name: string, spells: Spells, told: ToldDays];

interface State {
  readonly told: ToldOf[];
  readonly sdk: SdkDays;
}

/** A tool of attackers comes with the key, or a program that is called by hand with a key that only SDKs used. */
export const scannerUserAgent = defineRule({
  id: 'scanner-user-agent',
  version: 2,
  title: 'Scanner or attack tool with a valid key id',
  description:
    'The user agent of a request names a scanner, a tool that tries found keys, one that uses stolen ones, or a system for ' +
    'penetration tests: medium; high where a finder of secrets (TruffleHog) or an attack tool was served, as somebody ' +
    'then has the secret. Also medium: curl, wget, python-requests and their like on a key that at least 100 requests on ' +
    'earlier days and no others showed to be for SDKs only. The list is from the OWASP CRS, Amazon GuardDuty and the ' +
    'tools themselves; agents can be forged, so silence proves nothing. One alert per key and tool ' +
    'while it goes on; after more than 7 days without the tool it is told anew.',
  severity: 'high',
  settings: SETTINGS,
  runbook: {
    means:
      'Somebody found the key and tries what it can do, your own security team tests, or a developer used a key of a ' +
      'service by hand.',
    check: [
      'Was it served? Then whoever runs the tool has the secret, not only its name.',
      'Run the query of the alert without its condition on user_agent: what else did this address do?',
      'Ask security and the owner whether anybody tests or debugs with this key.',
    ],
    act: [
      'Nobody knows of it: rotate the key now, block the address, search for the secret in your repositories.',
      'A developer by hand: give them a key of their own.',
    ],
    falseAlarms: [
      'Your own scanners: list words of their agents as ownScanners, or except their network.',
      'Health checks by curl beside an SDK: let them have their own key, or take curl out of byHand.',
    ],
  },
  stateBytes: 8 * 1024,
  // What was learnt of SDKs is worth a week; of invented keys nothing is.
  keepsMs(_settings, latenessMs, state) {
    if ((state?.told.length ?? 0) > 0) return TOLD_KEEPS_MS;
    return ((state?.sdk.day ?? 0) === 0 ? 1 : 7) * DAY_MS + latenessMs;
  },
  initial: (): State => ({ told: [], sdk: noSdkDays() }),
  serialize({ told, sdk: { day, today, yesterday, before, othersMs } }): Stored | undefined {
    const used = day > 0 || othersMs !== Infinity;
    if (told.length === 0 && !used) return undefined;
    const others = othersMs === Infinity ? 0 : othersMs;
    return [told, day, today, yesterday, before, others];
  },
  deserialize(json): State {
    const [told, day, today, yesterday, before, others] = json as Stored;
    return {
      told,
      sdk: { day, today, yesterday, before, othersMs: others === 0 ? Infinity : others },
    };
  },

  fold(state, event, { settings, timeMs, latenessMs, late }) {
    if (event.type !== REQUEST_MADE) return NOTHING;
    const agent = kindsFor(settings)(event.data.userAgent ?? '');
    const { sdk } = state;
    switch (agent.is) {
      case 'unknown':
      case 'own':
        return NOTHING;
      case 'sdk':
        // Once something else came by, nobody asks how often SDKs did. What is late may be there a second time.
        if (!late && timeMs < sdk.othersMs) noteSdkUse(sdk, Math.floor(timeMs / DAY_MS));
        return NOTHING;
      case 'tool':
        return tell(state, event, timeMs, agent, settings, latenessMs);
      case 'others':
      case 'by-hand': {
        const learntMs = timeMs - latenessMs;
        const isSdkOnly =
          agent.is === 'by-hand' &&
          !late &&
          sdk.othersMs > learntMs &&
          sdkUsesBefore(sdk, Math.floor(learntMs / DAY_MS)) >= settings.sdkRequests;
        if (timeMs < sdk.othersMs) sdk.othersMs = timeMs;
        return isSdkOnly ? tell(state, event, timeMs, agent, settings, latenessMs) : NOTHING;
      }
    }
  },
});

type Stored = [
  told: State['told'],
  day: number,
  today: number,
  yesterday: number,
  before: number,
  othersMs: number,
];

const NOTHING: readonly Finding[] = [];

const compiled = new WeakMap<Settings, (agent: string) => AgentKind>();

function kindsFor(settings: Settings): (agent: string) => AgentKind {
  const known = compiled.get(settings);
  if (known !== undefined) return known;
  const tools = settings.tools.map(
    (mark) =>
      TOOLS.find((tool) => tool.mark === mark) ??
      ({ name: mark, kind: 'scanner', mark, source: 'settings' } as const),
  );
  const { ownScanners: own, byHand, sdkMarks } = settings;
  const made = agentKinds({ tools, own, byHand, sdk: sdkMarks });
  compiled.set(settings, made);
  return made;
}

function tell(
  { told }: State,
  event: RequestMade,
  timeMs: number,
  agent: Extract<AgentKind, { is: 'tool' | 'by-hand' }>,
  { sdkRequests, againAfterDays }: Settings,
  latenessMs: number,
): readonly Finding[] {
  const day = Math.floor(timeMs / DAY_MS);
  const served = wasServed(event.data);
  const kind = agent.is === 'tool' ? agent.kind : agent.is;
  const isHigh = served && (kind === 'secret-finder' || kind === 'cloud-attack');
  const severity = isHigh ? 'high' : 'medium';
  const name = capText(agent.name, MAX_NAME);
  const [, spells, toldOf] = entryOf(told, name);
  const spell = spellOf(spells, day, silenceOf(againAfterDays, latenessMs));
  if (!isMore(toldOf, spell, severity, 0)) return NOTHING;
  const { sourceIp: address = '', userAgent = '', endpoint = '' } = event.data;
  const from = address === '' ? '' : ` from ${address}`;
  const what =
    kind === 'by-hand'
      ? `used by ${name}${from}, and only SDKs had used it before`
      : `used by ${name} (${KINDS[kind]})${from}`;
  return [
    {
      window: spellText(name, spell),
      severity,
      occurredAtMs: timeMs,
      sentence:
        `Key ${event.keyId} was ${what}, at ${momentInWords(timeMs)}; the request was ${served ? 'served' : 'not served'}. ` +
        'Ask security and the owner whether they know of it; if not, rotate the key and block the address.',
      facts: {
        day: isoDay(day),
        tool: agent.name,
        kind,
        served,
        address,
        agent: userAgent,
        endpoint,
        ...(kind === 'by-hand' ? { sdkRequestsBefore: `${sdkRequests} or more` } : {}),
      },
      firstEventId: event.id,
      lastEventId: event.id,
      revision: [severity],
      scope: {
        view: 'requests',
        fromMs: day * DAY_MS,
        toMs: (day + 1) * DAY_MS - 1,
        where: [`user_agent = ${sqlText(userAgent)}`],
      },
    },
  ];
}

const KINDS = {
  'secret-finder': 'a finder of leaked secrets',
  'cloud-attack': 'an attack tool',
  'pentest-system': 'a system for penetration tests',
  scanner: 'a scanner',
} as const;

function entryOf(told: ToldOf[], name: string): ToldOf {
  const known = told.find((one) => one[0] === name);
  if (known !== undefined) return known;
  const made: ToldOf = [name, noSpells(), []];
  told.push(made);
  if (told.length > MAX_TOLD) told.shift();
  return made;
}
