import type { Finding } from '@keywatch/alerting';
import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import { z } from 'zod';
import { defineRule, type RuleContext } from '../../rule.js';
import { wasRefused } from '../../uses/answers.js';
import { callerOf, eventIdsOf } from '../../uses/event-of-finding.js';
import * as recent from '../../uses/recent-uses.js';
import { DAY_MS, HOUR_MS, isoDay, momentInWords } from '../../uses/times.js';
import { graceEnd, retire, versionOf, worksUntil, type Retirements } from './retired-secrets.js';

const SETTINGS = z.strictObject({
  graceHours: z
    .number()
    .min(0)
    .max(24 * 90)
    .default(24)
    .describe('Hours of grace after a rotation that names no end of its grace'),
  slackSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(60)
    .describe('Seconds that the end of the grace may take to reach every gateway'),
});
type Settings = z.output<typeof SETTINGS>;

interface State {
  readonly uses: recent.RecentUses;
  readonly retirements: Retirements;
}

/** A secret that should have stopped to work with its rotation's grace. */
export const oldSecretAfterGrace = defineRule({
  id: 'old-secret-after-grace',
  version: 3,
  title: 'Old secret used after its grace',
  description:
    'A request came with a secret version from before a rotation, more than 60 seconds after the end of that rotation’s ' +
    'grace (24 hours where it named none): high; medium where it was refused. A later rotation’s longer grace does not ' +
    'bring an older secret back. One alert per key, secret version and UTC day. Silent where requests or rotations name ' +
    'no version, and within the grace: who is left behind then is for the owner, not for security.',
  severity: 'high',
  settings: SETTINGS,
  runbook: {
    means:
      'A client that was not moved to the new secret, or somebody with an old copy of it. Not refused: the gateway goes on ' +
      'accepting what the rotation was to end.',
    check: [
      'Run the query of the alert grouped by source_ip and user_agent: a client of the owner, or a stranger?',
      'See in status and outcome whether the old secret still works.',
    ],
    act: [
      'It still works: make the gateway drop the old version. If the rotation followed a leak, treat it as an incident.',
      'A client of the owner: give it the new secret. A stranger: block the network, look at what it did.',
    ],
    falseAlarms: [
      'Rotations with a longer grace that they do not say: send graceEndsAt, or raise graceHours.',
      'A client that may use the old secret until a date: except the key with an expiry.',
    ],
  },
  stateBytes: 4 * 1024,
  keepsMs: (_settings, latenessMs) => DAY_MS + latenessMs,
  initial: (): State => ({ uses: [], retirements: [] }),
  serialize: ({ uses, retirements }) =>
    uses.length + retirements.length === 0
      ? undefined
      : [recent.packUses(uses), retirements.flat()],
  deserialize(json): State {
    const [uses, retired] = json as [recent.StoredUses, number[]];
    const retirements: Retirements = [];
    for (let at = 0; at < retired.length; at += 2)
      retirements.push([retired[at] ?? 0, retired[at + 1] ?? 0]);
    return { uses: recent.unpackUses(uses), retirements };
  },

  fold({ uses, retirements }, event, context) {
    const { timeMs, clockMs, latenessMs, settings } = context;
    if (event.type === REQUEST_MADE) {
      const secret = event.data.secretVersion ?? 0;
      if (secret === 0) return NOTHING;
      const use = recent.addUse(
        uses,
        { timeMs, secret, served: !wasRefused(event.data) },
        { periodMs: DAY_MS, clockMs, latenessMs },
      );
      return found(use, retirements, event, context);
    }
    if (event.type !== 'keywatch.key.rotated.v1') return NOTHING;
    const untilMs = graceEnd(event, timeMs, settings.graceHours * HOUR_MS);
    if (!retire(retirements, versionOf(event.data), untilMs)) return NOTHING;
    return uses.flatMap((use) => found(use, retirements, event, context));
  },
});

const NOTHING: readonly Finding[] = [];
const [MEDIUM, HIGH] = [1, 2];

function found(
  use: recent.RecentUse,
  retirements: Retirements,
  event: KeyEvent,
  { settings }: RuleContext<Settings>,
): readonly Finding[] {
  const untilMs = worksUntil(retirements, use.secret);
  if (untilMs === undefined) return NOTHING;
  const endsMs = untilMs + settings.slackSeconds * 1000;
  if (use.lastMs <= endsMs) return NOTHING;
  const works = use.servedMs > endsMs;
  const rank = works ? HIGH : MEDIUM;
  if (rank <= use.told) return NOTHING;
  use.told = rank;
  const severity = works ? 'high' : 'medium';
  const lastMs = works ? use.servedMs : use.lastMs;
  const startMs = use.period * DAY_MS;
  const current = retirements.at(-1)?.[0] ?? 0;
  return [
    {
      window: `${isoDay(use.period)} v${use.secret}`,
      severity,
      occurredAtMs: lastMs,
      sentence:
        `Key ${event.keyId} was used at ${momentInWords(lastMs)} with its secret version ${use.secret}, whose grace ended at ` +
        `${momentInWords(untilMs)}; the current version is ${current}. ` +
        (works
          ? 'It was not refused: make the gateway drop the old secret, and move whoever still uses it.'
          : 'It was refused: move whoever still uses it to the current secret.'),
      facts: {
        day: isoDay(use.period),
        secretVersion: use.secret,
        currentVersion: current,
        graceEndedAt: new Date(untilMs).toISOString(),
        lastUsedAt: new Date(lastMs).toISOString(),
        refused: !works,
        ...callerOf(event),
      },
      ...eventIdsOf(event),
      revision: [severity],
      scope: {
        view: 'requests',
        fromMs: Math.max(startMs, endsMs + 1),
        toMs: startMs + DAY_MS - 1,
        where: [`secret_version = ${use.secret}`],
      },
    },
  ];
}
