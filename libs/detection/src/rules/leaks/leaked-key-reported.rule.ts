import type { Finding } from '@keywatch/alerting';
import { z } from 'zod';
import { defineRule } from '../../rule.js';
import { DAY_MS, isoDay, momentInWords } from '../../uses/times.js';

const MAX_DAYS = 8;
const [MEDIUM, CRITICAL] = [1, 2];

/** Days (since 1970, UTC) with a report and what was told of each, the latest few. */
type Told = [day: number, rank: number][];

/** Somebody found the key where everybody can read it. */
export const leakedKeyReported = defineRule({
  id: 'leaked-key-reported',
  version: 1,
  title: 'Key reported as leaked',
  description:
    'A secret scanner or a person reported that the key was found in public: critical; medium where it had been revoked ' +
    'before the report, as only what it did earlier is left to look at. One alert per key and UTC day of the report, ' +
    'however many reports come.',
  severity: 'critical',
  settings: z.strictObject({}),
  runbook: {
    means:
      'The secret stands in a public repository, a page or a package. Programs find such keys within minutes and use them.',
    check: [
      'Open the place of the report (the fact `url`): is it this key, and since when has it been there?',
      'Run `keywatch report callers` for the key: who used it since then?',
      'Is the key still in use by its owner? The report revoke-impact says who breaks when you revoke it.',
    ],
    act: [
      'Revoke or rotate the key now, without grace; taking the text out of the repository is not enough.',
      'Look at everything that it did since the exposure, and tell the owner.',
    ],
    falseAlarms: [
      'A test key without rights that is public on purpose: except it with a reason.',
      'A reporter that finds old, revoked keys again: those are medium; except the key once it was looked at.',
    ],
  },
  quietenedBy: ['keywatch.key.revoked.v1'],
  stateBytes: 256,
  keepsMs: (_settings, latenessMs) => DAY_MS + latenessMs,
  initial: (): Told => [],
  serialize: (told) => (told.length === 0 ? undefined : told),

  fold(told, event, { timeMs, key }) {
    if (event.type !== 'keywatch.key.leak-reported.v1') return NOTHING;
    const revokedAtMs = key?.revokedAtMs ?? Infinity;
    const isOver = revokedAtMs <= timeMs;
    const [day, rank] = [Math.floor(timeMs / DAY_MS), isOver ? MEDIUM : CRITICAL];
    if (!isMore(told, day, rank)) return NOTHING;
    const { reporter = '', url = '', exposedAt = '', fingerprint = '' } = event.data;
    const severity = isOver ? 'medium' : 'critical';
    return [
      {
        window: isoDay(day),
        severity,
        occurredAtMs: timeMs,
        sentence:
          `Key ${event.keyId} was reported as leaked at ${momentInWords(timeMs)}` +
          `${reporter === '' ? '' : ` by ${reporter}`}${url === '' ? '' : `, found at ${url}`}. ` +
          (isOver
            ? `It had been revoked at ${momentInWords(revokedAtMs)}: see what it did between exposure and revocation.`
            : 'Revoke or rotate it now, and see what it did since.'),
        facts: { day: isoDay(day), reporter, url, exposedAt, fingerprint, revoked: isOver },
        firstEventId: event.id,
        lastEventId: event.id,
        revision: [severity],
        scope: {
          view: 'key_changes',
          fromMs: day * DAY_MS,
          toMs: (day + 1) * DAY_MS - 1,
          where: ["change = 'leak-reported'"],
        },
      },
    ];
  },
});

const NOTHING: readonly Finding[] = [];

function isMore(told: Told, day: number, rank: number): boolean {
  const known = told.find(([other]) => other === day);
  if (known !== undefined && known[1] >= rank) return false;
  if (known !== undefined) known[1] = rank;
  else told.push([day, rank]);
  told.sort(([a], [b]) => a - b);
  if (told.length > MAX_DAYS) told.shift();
  return true;
}
