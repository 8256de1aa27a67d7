import { alertIdOf, type Finding } from '@keywatch/alerting';
import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import { z } from 'zod';
import { defineRule, type RuleContext } from '../../rule.js';
import { AGAIN_AFTER_DAYS } from '../../uses/again-after-days.js';
import { wasRefused } from '../../uses/answers.js';
import { networkInSql } from '../../uses/network.js';
import * as recent from '../../uses/recent-uses.js';
import { DAY_MS, HOUR_MS, isoDay, momentInWords } from '../../uses/times.js';
import { graceEnd, versionOf } from '../lifecycle/retired-secrets.js';
import * as leaks from './leaks.js';

const SETTINGS = z.strictObject({
  graceHours: z
    .number()
    .min(0)
    .max(24 * 90)
    .default(24)
    .describe('Hours that an old secret works on after a rotation that names no end of its grace'),
  againAfterDays: AGAIN_AFTER_DAYS,
});
type Settings = z.output<typeof SETTINGS>;

interface State {
  readonly uses: recent.RecentUses;
  readonly leaks: leaks.Leaks;
}

/** A key that everybody can read is used: by its owner, who has not rotated it, or by whoever found it. */
export const useAfterLeakReport = defineRule({
  id: 'use-after-leak-report',
  version: 2,
  title: 'Leaked key used after the report',
  description:
    'Any use of the key after a report that it leaked, whoever makes it: critical; high while it was only refused. Uses ' +
    'with a secret that was made by a rotation after the report are not of the leaked one and do not count. One alert per ' +
    'key, leaked secret and network (/24 of IPv4, /48 of IPv6), told again with the first use that is not refused, and once ' +
    'more for each further 7 days since the report in which the network goes on; beyond 8 networks in 7 days the rest is ' +
    'one a day. It names the alert of the report. Holds whichever comes first, the use or the report.',
  severity: 'critical',
  settings: SETTINGS,
  runbook: {
    means:
      'Nobody rotated the key since the report, and whoever found it may be among those who use it now: a thief and the ' +
      'owner look alike in the log.',
    check: [
      'Run the query of the alert grouped by source_ip and user_agent: which callers are not the owner’s?',
      'Look at the alert of the report (the fact `reportAlertId`): where it leaked, and since when.',
    ],
    act: [
      'Revoke or rotate the key without grace, even if it breaks the owner’s service; revoke-impact says whom to tell.',
      'List what the unknown callers did, and treat it as an incident.',
    ],
    falseAlarms: [
      'A rotation that was not reported to Keywatch: send the event, and its secret no longer counts.',
      'A test key that is public on purpose: except it with a reason.',
    ],
  },
  quietenedBy: ['keywatch.key.rotated.v1'],
  stateBytes: 16 * 1024,
  keepsMs: (_settings, latenessMs) => DAY_MS + latenessMs,
  initial: (): State => ({ uses: [], leaks: { reportsMs: [], rotations: [] } }),
  serialize({ uses, leaks: { reportsMs, rotations } }): Stored | undefined {
    if (uses.length + reportsMs.length + rotations.length === 0) return undefined;
    const packed = recent.packUses(uses);
    if (reportsMs.length + rotations.length === 0) return [packed];
    return [packed, reportsMs, ...rotations.map(packRotation)];
  },
  deserialize(json): State {
    const [uses, reportsMs = [], ...rotations] = json as Stored;
    const known = { reportsMs, rotations: rotations.map(unpackRotation) };
    return { uses: recent.unpackUses(uses), leaks: known };
  },

  fold(state, event, context) {
    const { uses, leaks: known } = state;
    const { timeMs, clockMs, latenessMs, settings } = context;
    const periodMs = settings.againAfterDays * DAY_MS;
    if (event.type === REQUEST_MADE) {
      const { sourceIp, secretVersion = 0 } = event.data;
      const secret = leaks.secretMadeMs(known, secretVersion, timeMs);
      const use = recent.addUse(
        uses,
        { timeMs, address: sourceIp, secret, served: !wasRefused(event.data) },
        { periodMs, originMs: leaks.firstReport(known, secret), clockMs, latenessMs },
      );
      return found(use, known, event, context);
    }
    if (event.type === 'keywatch.key.leak-reported.v1') {
      leaks.addReport(known, timeMs);
      for (const use of uses) {
        const originMs = leaks.firstReport(known, use.secret);
        if (use.told === 0) use.period = recent.periodOf(use.lastMs, { periodMs, originMs });
      }
      return uses.flatMap((use) => found(use, known, event, context));
    }
    if (event.type === 'keywatch.key.rotated.v1') {
      const graceEndsMs = graceEnd(event, timeMs, settings.graceHours * HOUR_MS);
      leaks.addRotation(known, { atMs: timeMs, version: versionOf(event.data), graceEndsMs });
    }
    return NOTHING;
  },
});

const NOTHING: readonly Finding[] = [];

type StoredRotation = [atMs: number, version: number, graceMs: number];
type Stored = [uses: recent.StoredUses, reportsMs?: number[], ...rotations: StoredRotation[]];

function packRotation({ atMs, version, graceEndsMs }: leaks.Rotation): StoredRotation {
  return [atMs, version, graceEndsMs - atMs];
}

function unpackRotation([atMs, version, graceMs]: StoredRotation): leaks.Rotation {
  return { atMs, version, graceEndsMs: atMs + graceMs };
}

const [HIGH, CRITICAL] = [1, 2];

/** What holds of the uses from one network, if that is more than was told. */
function found(
  use: recent.RecentUse,
  known: leaks.Leaks,
  event: KeyEvent,
  { settings }: RuleContext<Settings>,
): readonly Finding[] {
  const reportedMs = leaks.reportBefore(known, use.secret, use.lastMs);
  if (reportedMs === undefined) return NOTHING;
  const served = use.servedMs > reportedMs;
  const rank = served ? CRITICAL : HIGH;
  if (rank <= use.told) return NOTHING;
  use.told = rank;
  const severity = served ? 'critical' : 'high';
  const lastMs = served ? use.servedMs : use.lastMs;
  const from = use.network === '' ? 'an unknown address' : use.network;
  const where = recent.isOtherNetworks(use.network) ? [] : [networkInSql(use.network)];
  const periodMs = settings.againAfterDays * DAY_MS;
  const startMs = reportedMs + use.period * periodMs;
  const { keyId, tenantId, lane } = event;
  const isUse = event.type === REQUEST_MADE;
  const reportDay = isoDay(Math.floor(reportedMs / DAY_MS));
  return [
    {
      window: windowOf(use, from, known, settings),
      severity,
      occurredAtMs: lastMs,
      sentence:
        `Key ${keyId} was reported as leaked at ${momentInWords(reportedMs)} and used after that at ` +
        `${momentInWords(lastMs)} from ${from}; the request was ${served ? 'not refused' : 'refused'}. ` +
        (served
          ? 'Revoke or rotate it now without grace, and see whether this caller is one of its owner’s.'
          : 'See whether this caller is one of its owner’s; if not, somebody has found the key.'),
      facts: {
        reportedAt: new Date(reportedMs).toISOString(),
        lastUsedAt: new Date(lastMs).toISOString(),
        network: from,
        refused: !served,
        reportAlertId: alertIdOf({
          rule: 'leaked-key-reported',
          lane,
          tenantId,
          subject: keyId,
          window: reportDay,
        }),
        ...(isUse ? { address: event.data.sourceIp ?? '', agent: event.data.userAgent ?? '' } : {}),
      },
      ...(isUse ? { firstEventId: event.id } : {}),
      lastEventId: event.id,
      revision: [severity],
      scope: {
        view: 'requests',
        fromMs: Math.max(startMs, reportedMs + 1),
        toMs: startMs + periodMs - 1,
        where,
      },
    },
  ];
}

/** `192.0.2.0/24`; of a secret that a rotation made `192.0.2.0/24, secret v2`; later on `... after 7 days`. */
function windowOf(
  { network, secret, period }: recent.RecentUse,
  from: string,
  { rotations }: leaks.Leaks,
  { againAfterDays }: Settings,
): string {
  if (recent.isOtherNetworks(network)) return network;
  const version = rotations.find(({ atMs }) => atMs === secret)?.version ?? 0;
  const name = version > 0 ? `v${version}` : `of ${isoDay(Math.floor(secret / DAY_MS))}`;
  return [
    from,
    secret === 0 ? '' : `, secret ${name}`,
    period === 0 ? '' : ` after ${period * againAfterDays} days`,
  ].join('');
}
