import { alertIdOf, type Finding } from '@keywatch/alerting';
import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { AGAIN_AFTER_DAYS } from '../../uses/again-after-days.js';
import { wasRefused } from '../../uses/answers.js';
import { callerOf, eventIdsOf } from '../../uses/event-of-finding.js';
import * as incidents from '../../uses/incident.js';
import { networksInSql, networksText, newsText } from '../../uses/incident-text.js';
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

type BySecret = [secret: number, incident: incidents.Incident][];

/** Secrets kept, the newest: reports and rotations are kept of as many. */
const MAX_SECRETS = 4;

interface State {
  /** Uses by the secret that they came with, oldest secret first. */
  readonly bySecret: BySecret;
  readonly leaks: leaks.Leaks;
}

/** A key that everybody can read is used: by its owner, who has not rotated it, or by whoever found it. */
export const useAfterLeakReport = defineRule({
  id: 'use-after-leak-report',
  version: 3,
  title: 'Leaked key used after the report',
  description:
    'Any use of the key after a report that it leaked, whoever makes it: critical; high while it was only refused. Uses ' +
    'with a secret that was made by a rotation after the report are not of the leaked one and do not count. One alert per ' +
    'key and leaked secret, once more for each further 7 days since the report in which it goes on, and one each time the ' +
    'number of networks (/24 of IPv4, /48 of IPv6) has doubled, up to 8. Each is told again when it holds of uses alone that ' +
    'are not refused. It names the alert of the report. Holds whichever comes first, the use or the report.',
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
  stateBytes: 24 * 1024,
  keepsMs: (_settings, latenessMs) => DAY_MS + latenessMs,
  initial: (): State => ({ bySecret: [], leaks: { reportsMs: [], rotations: [] } }),
  serialize({ bySecret, leaks: { reportsMs, rotations } }): Stored | undefined {
    if (bySecret.length + reportsMs.length + rotations.length === 0) return undefined;
    const packed = bySecret.map(([secret, one]): StoredSecret => [
      secret,
      incidents.packIncident(one),
    ]);
    if (reportsMs.length + rotations.length === 0) return [packed];
    return [packed, reportsMs, ...rotations.map(packRotation)];
  },
  deserialize(json): State {
    const [packed, reportsMs = [], ...rotations] = json as Stored;
    const bySecret = packed.map(([secret, one]): BySecret[number] => [
      secret,
      incidents.unpackIncident(one),
    ]);
    return { bySecret, leaks: { reportsMs, rotations: rotations.map(unpackRotation) } };
  },

  fold({ bySecret, leaks: known }, event, { timeMs, clockMs, latenessMs, settings }) {
    const periodMs = settings.againAfterDays * DAY_MS;
    const beginningOf = (secret: number): incidents.Beginning | undefined => {
      const atMs = leaks.firstReport(known, secret);
      return atMs === undefined ? undefined : { atMs, afterMs: atMs, periodMs };
    };
    if (event.type === REQUEST_MADE) {
      const { sourceIp, secretVersion = 0 } = event.data;
      const secret = leaks.secretMadeMs(known, secretVersion, timeMs);
      const use = { timeMs, address: sourceIp, served: !wasRefused(event.data) };
      const incident = incidentOf(bySecret, secret);
      const beginning = beginningOf(secret);
      const oldestMs = clockMs - latenessMs;
      incidents.addUse(incident, use, Math.min(oldestMs, beginning?.afterMs ?? oldestMs));
      if (beginning === undefined) return NOTHING;
      return incidents
        .newsOfUse(incident, use, beginning)
        .map((news) => findingOf(news, { beginning, secret, known }, event, settings));
    }
    if (event.type === 'keywatch.key.leak-reported.v1') {
      leaks.addReport(known, timeMs);
      return bySecret.flatMap(([secret, incident]) => {
        const beginning = beginningOf(secret);
        if (beginning === undefined) return [];
        return incidents
          .newsOfBeginning(incident, beginning)
          .map((news) => findingOf(news, { beginning, secret, known }, event, settings));
      });
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
type StoredSecret = [secret: number, incident: incidents.StoredIncident];
type Stored = [bySecret: StoredSecret[], reportsMs?: number[], ...rotations: StoredRotation[]];

function packRotation({ atMs, version, graceEndsMs }: leaks.Rotation): StoredRotation {
  return [atMs, version, graceEndsMs - atMs];
}

function unpackRotation([atMs, version, graceMs]: StoredRotation): leaks.Rotation {
  return { atMs, version, graceEndsMs: atMs + graceMs };
}

function incidentOf(bySecret: BySecret, secret: number): incidents.Incident {
  for (const one of bySecret) if (one[0] === secret) return one[1];
  const made = incidents.noIncident();
  bySecret.push([secret, made]);
  bySecret.sort(([a], [b]) => a - b);
  if (bySecret.length > MAX_SECRETS) bySecret.shift();
  return made;
}

interface Leaked {
  readonly beginning: incidents.Beginning;
  readonly secret: number;
  readonly known: leaks.Leaks;
}

function findingOf(
  news: incidents.News,
  { beginning: { atMs, periodMs }, secret, known }: Leaked,
  event: KeyEvent,
  { againAfterDays }: Settings,
): Finding {
  const { served, lastMs, names } = news;
  const severity = served ? 'critical' : 'high';
  const startMs = atMs + news.period * periodMs;
  const { keyId, tenantId, lane } = event;
  const reportDay = isoDay(Math.floor(atMs / DAY_MS));
  return {
    window: newsText(news, againAfterDays) + secretText(secret, known),
    severity,
    occurredAtMs: lastMs,
    sentence:
      `Key ${keyId} was reported as leaked at ${momentInWords(atMs)} and used after that at ` +
      `${momentInWords(lastMs)} from ${networksText(news)}; the request was ${served ? 'not refused' : 'refused'}. ` +
      (served
        ? 'Revoke or rotate it now without grace, and see whether this caller is one of its owner’s.'
        : 'See whether this caller is one of its owner’s; if not, somebody has found the key.'),
    facts: {
      reportedAt: new Date(atMs).toISOString(),
      lastUsedAt: new Date(lastMs).toISOString(),
      networks: [...names],
      refused: !served,
      reportAlertId: alertIdOf({
        rule: 'leaked-key-reported',
        lane,
        tenantId,
        subject: keyId,
        window: reportDay,
      }),
      ...callerOf(event),
    },
    ...eventIdsOf(event),
    revision: [severity],
    scope: {
      view: 'requests',
      fromMs: Math.max(startMs, atMs + 1),
      toMs: Math.max(startMs + periodMs - 1, lastMs),
      where: networksInSql(news),
    },
  };
}

/** `, secret v2` of one that a rotation made. */
function secretText(secret: number, { rotations }: leaks.Leaks): string {
  if (secret === 0) return '';
  const version = rotations.find(({ atMs }) => atMs === secret)?.version ?? 0;
  return `, secret ${version > 0 ? `v${version}` : `of ${isoDay(Math.floor(secret / DAY_MS))}`}`;
}
