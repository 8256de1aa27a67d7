import { countInWords, dayInWords } from '@keywatch/alerting';
import { LIVE_LANE } from '@keywatch/events';
import { z } from 'zod';
import { defineSweep } from '../sweep.js';
import { count, iso, KEY_ROW, ownerOf } from './shared/key-row.js';
import { KEYS_AS_OF, QUIET_TAGGED, toldOf } from './shared/keys-as-of.sql.js';

const DAY_MS = 86_400_000;
const ROW = KEY_ROW.extend({ age_days: count });

const NEVER_USED_KEYS = `
SELECT *, intDiv(as_of_ms - created_ms, 86400000) AS age_days,
    concat(toString(toDate(fromUnixTimestamp64Milli(created_ms, 'UTC'))), '/never') AS window
FROM (${KEYS_AS_OF}
)
WHERE usable AND requests = 0 AND traffic_seen AND created_ms > 0 AND age_days >= {afterDays:UInt32}
    AND (tenant_id, key_id) NOT IN (${QUIET_TAGGED})
    AND (tenant_id, key_id, lane, window) NOT IN (${toldOf('never-used-key')})
ORDER BY age_days DESC, tenant_id, key_id
LIMIT {maxFindings:UInt32}`;

/** A key that was issued and of which no request came. */
export const neverUsedKey = defineSweep({
  id: 'never-used-key',
  version: 1,
  title: 'Key was never used',
  description:
    'Created at least 14 days ago, and no request was ever seen, not even a refused one; told once per key. Quiet for keys ' +
    'that are revoked, disabled, expired or temporary, or tagged batch-issued. The silence of a key that only an import ' +
    'knows counts to the end of that import, and an import without any request says nothing of use.',
  severity: 'low',
  runbook: {
    means:
      'The key was made for something that never happened, or its secret never reached its user: it may lie in a mailbox ' +
      'or a ticket.',
    check: ['Ask who created it what it is for, and where its secret went.'],
    act: ['Revoke it; a new one is made quickly when it is needed.'],
    falseAlarms: [
      'Keys that are issued in advance, for devices for example: tag their creation batch-issued.',
      'Its requests do not come through a gateway that is watched: except the key, with a reason and an expiry.',
    ],
  },
  settings: z.strictObject({
    afterDays: z
      .int()
      .min(1)
      .max(3650)
      .default(14)
      .describe('Days since the creation without any request'),
    quietTags: z
      .array(z.string())
      .default(['batch-issued'])
      .describe('Tags of keys that are issued long before their use'),
    maxFindings: z
      .int()
      .min(1)
      .max(10_000)
      .default(1000)
      .describe('Findings per sweep; the rest come with the next'),
  }),
  row: ROW,

  sql: (settings, { asOfMs }) => ({ query: NEVER_USED_KEYS, params: { ...settings, asOfMs } }),

  toFindings(row, { settings }) {
    const end =
      row.lane === LIVE_LANE ? '' : ` up to the end of ${row.lane} on ${dayInWords(row.as_of_ms)}`;
    return [
      {
        tenantId: row.tenant_id,
        lane: row.lane,
        keyId: row.key_id,
        window: row.window,
        severity: 'low',
        occurredAtMs: row.created_ms + settings.afterDays * DAY_MS,
        sentence:
          `Key ${row.key_id} was created on ${dayInWords(row.created_ms)} and never used in ` +
          `${countInWords(row.age_days, 'day')}${end}. Revoke it if nobody is waiting for it.`,
        facts: { ageDays: row.age_days, created: iso(row.created_ms), requests: 0 },
        revision: [row.window],
        scope: { view: 'keys' },
        ...ownerOf(row),
      },
    ];
  },
});
