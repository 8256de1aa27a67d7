import { countInWords, dayInWords } from '@keywatch/alerting';
import { LIVE_LANE } from '@keywatch/events';
import { z } from 'zod';
import { defineSweep } from '../sweep.js';
import { count, iso, KEY_ROW, ownerOf } from './shared/key-row.js';
import { KEYS_AS_OF, QUIET_TAGGED, toldOf } from './shared/keys-as-of.sql.js';

const DAY_MS = 86_400_000;
const ROW = KEY_ROW.extend({ since_ms: count, idle_days: count, milestone_days: count });

const UNUSED_KEYS = `
SELECT *, greatest(succeeded_ms, created_ms) AS since_ms,
    intDiv(as_of_ms - since_ms, 86400000) AS idle_days,
    arrayMax(day -> if(day <= idle_days, day, 0), [0, toInt64({noticeDays:UInt32}), toInt64({longDays:UInt32})]) AS milestone_days,
    concat(toString(toDate(fromUnixTimestamp64Milli(since_ms, 'UTC'))), '/', toString(milestone_days), 'd') AS window
FROM (${KEYS_AS_OF}
)
WHERE usable AND requests > 0 AND since_ms > 0 AND milestone_days > 0
    AND (tenant_id, key_id) NOT IN (${QUIET_TAGGED})
    AND (tenant_id, key_id, lane, window) NOT IN (${toldOf('unused-key')})
ORDER BY idle_days DESC, tenant_id, key_id
LIMIT {maxFindings:UInt32}`;

const days = (byDefault: number, description: string) =>
  z.int().min(1).max(3650).default(byDefault).describe(description);

/** A key without a successful use. 45 days is CIS AWS Foundations 1.12, 90 AWS Config (iam-user-unused-credentials-check). */
export const unusedKey = defineSweep({
  id: 'unused-key',
  version: 1,
  title: 'Key is not used',
  description:
    'No successful use (status below 400) for 45 days, and again at 90 days; told once per milestone and last use. Refused ' +
    'calls are no use. Quiet for keys that are revoked, disabled, expired or temporary, younger than that, or tagged ' +
    'break-glass. A key of which no request at all was seen belongs to never-used-key. The silence of a key that only ' +
    'an import knows counts to the end of that import.',
  severity: 'low',
  runbook: {
    means:
      'Nobody seems to need the key any more, yet whoever finds its secret can use it. Or its client has failed for weeks ' +
      'and nobody noticed.',
    check: [
      'Ask the owner whether the key is still needed.',
      'Refused calls since then: look at the status and the caller, a client may be broken.',
    ],
    act: ['Revoke the key, or disable it first where nobody is sure.'],
    falseAlarms: [
      'A key for emergencies: tag its creation break-glass.',
      'A job that runs twice a year: except the key, with a reason and an expiry, or raise noticeDays.',
    ],
  },
  settings: z.strictObject({
    noticeDays: days(45, 'Days without a successful use until the first notice'),
    longDays: days(90, 'Days without a successful use until the second notice'),
    quietTags: z
      .array(z.string())
      .default(['break-glass'])
      .describe('Tags of keys that may rest for as long as they like'),
    maxFindings: z
      .int()
      .min(1)
      .max(10_000)
      .default(1000)
      .describe('Findings per sweep; the rest come with the next'),
  }),
  row: ROW,

  sql: (settings, { asOfMs }) => ({ query: UNUSED_KEYS, params: { ...settings, asOfMs } }),

  toFindings(row) {
    const end =
      row.lane === LIVE_LANE ? '' : ` up to the end of ${row.lane} on ${dayInWords(row.as_of_ms)}`;
    const since = dayInWords(row.since_ms);
    const last = row.succeeded_ms === 0 ? `it was created on ${since}` : `the last was on ${since}`;
    const refused =
      row.last_used_ms > row.succeeded_ms
        ? ` Calls that failed do not count; the latest was on ${dayInWords(row.last_used_ms)}.`
        : '';
    return [
      {
        tenantId: row.tenant_id,
        lane: row.lane,
        keyId: row.key_id,
        window: row.window,
        severity: 'low',
        occurredAtMs: row.since_ms + row.milestone_days * DAY_MS,
        sentence:
          `Key ${row.key_id} had no successful use for ${countInWords(row.idle_days, 'day')}${end}: ${last}.${refused} ` +
          'Revoke it if nobody needs it any more.',
        facts: {
          idleDays: row.idle_days,
          milestoneDays: row.milestone_days,
          since: iso(row.since_ms),
          requests: row.requests,
          lastUsed: iso(row.last_used_ms),
          ...(row.succeeded_ms === 0 ? {} : { lastSucceeded: iso(row.succeeded_ms) }),
        },
        revision: [row.window],
        scope: { view: 'keys' },
        ...ownerOf(row),
      },
    ];
  },
});
