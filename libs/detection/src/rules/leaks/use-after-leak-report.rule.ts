import { alertIdOf, listInWords, type Finding } from '@keywatch/alerting';
import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { wasServed } from '../../uses/answers.js';
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
});

interface State {
  readonly uses: recent.RecentUses;
  readonly leaks: leaks.Leaks;
}

/** A key that everybody can read is used: by its owner, who has not rotated it, or by whoever found it. */
export const useAfterLeakReport = defineRule({
  id: 'use-after-leak-report',
  version: 1,
  title: 'Leaked key used after the report',
  description:
    'Any use of the key after a report that it leaked, whoever makes it and whatever the answer: critical. Uses with a ' +
    'secret that was made by a rotation after the report are not of the leaked one and do not count. One alert per key ' +
    'and UTC day, told again with each further network (/24 of IPv4, /48 of IPv6; beyond 8 the rest is one); it names ' +
    'the alert of the report. Holds whichever comes first, the use or the report.',
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
    const packed = recent.packUses(uses, DAY_MS);
    if (reportsMs.length + rotations.length === 0) return [packed];
    return [packed, reportsMs, ...rotations.map(packRotation)];
  },
  deserialize(json): State {
    const [uses, reportsMs = [], ...rotations] = json as Stored;
    const known = { reportsMs, rotations: rotations.map(unpackRotation) };
    return { uses: recent.unpackUses(uses, DAY_MS), leaks: known };
  },

  fold(state, event, { timeMs, clockMs, latenessMs, settings }) {
    const { uses, leaks: known } = state;
    if (event.type === REQUEST_MADE) {
      const { sourceIp, secretVersion = 0 } = event.data;
      const secret = leaks.secretMadeMs(known, secretVersion, timeMs);
      const use = recent.addUse(
        uses,
        { timeMs, address: sourceIp, secret, served: wasServed(event.data) },
        { periodMs: DAY_MS, clockMs, latenessMs },
      );
      if (known.reportsMs.length === 0 || use.told > 0) return NOTHING;
      return found(state, use.period, event);
    }
    if (event.type === 'keywatch.key.leak-reported.v1') {
      leaks.addReport(known, timeMs);
      return [...new Set(uses.map(({ period }) => period))].flatMap((day) =>
        found(state, day, event),
      );
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

/** What holds for one day, if a network joined. */
function found({ uses, leaks: known }: State, day: number, event: KeyEvent): readonly Finding[] {
  let [joined, reportedMs, lastMs, served] = [false, Infinity, 0, false];
  const networks: string[] = [];
  for (const use of uses) {
    if (use.period !== day) continue;
    const reportMs = leaks.reportBefore(known, use.secret, use.lastMs);
    if (reportMs === undefined) continue;
    joined ||= use.told === 0;
    use.told = 1;
    reportedMs = Math.min(reportedMs, reportMs);
    lastMs = Math.max(lastMs, use.lastMs);
    served ||= use.servedMs > reportMs;
    networks.push(use.network === '' ? 'an unknown address' : use.network);
  }
  if (!joined) return NOTHING;
  const callers = [...new Set(networks)].sort();
  const { keyId, tenantId, lane } = event;
  const isUse = event.type === REQUEST_MADE;
  const reportDay = isoDay(Math.floor(reportedMs / DAY_MS));
  return [
    {
      window: isoDay(day),
      severity: 'critical',
      occurredAtMs: lastMs,
      sentence:
        `Key ${keyId} was reported as leaked at ${momentInWords(reportedMs)} and used after that, last at ` +
        `${momentInWords(lastMs)}, from ${listInWords(callers)}. ` +
        'Revoke or rotate it now without grace, and see which of these callers are not its owner’s.',
      facts: {
        day: isoDay(day),
        reportedAt: new Date(reportedMs).toISOString(),
        lastUsedAt: new Date(lastMs).toISOString(),
        networks: callers,
        served,
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
      revision: callers,
      scope: {
        view: 'requests',
        fromMs: Math.max(reportedMs + 1, day * DAY_MS),
        toMs: (day + 1) * DAY_MS - 1,
      },
    },
  ];
}
