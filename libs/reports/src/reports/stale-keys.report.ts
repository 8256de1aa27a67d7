import { z } from 'zod';
import { column, detail, isoTime } from '../kit/columns.js';
import { KEY_COLUMNS } from '../kit/key-columns.js';
import { daysUpTo, flag, instant } from '../kit/params.js';
import { defineReport } from '../kit/report.js';
import { filterParams, iso, timeParam } from '../kit/sql.js';
import { counted } from '../kit/words.js';
import { ADDRESS_BLOCK, USER_AGENT } from '../callers/caller-sql.js';
import { agedKeys, AS_OF, KEY_FILTERS, keyFilters } from '../rotation/aged-keys.js';

const text = z.string();
const count = z.int().min(0);
const CALLER_DAYS = 30;

const row = z.strictObject({
  ...KEY_COLUMNS,
  state: column(
    z.enum(['overdue', 'soon']),
    'State',
    'overdue: at or past its limit; soon: it will be',
  ),
  dueAt: column(isoTime, 'Due', 'When the secret reaches the limit of the plan'),
  ageDays: column(count, 'Age', 'Whole days since creation or rotation', 'days'),
  atLeast: detail(
    column(z.boolean(), 'At least', 'Creation was not seen: the key is at least this old'),
  ),
  limitDays: column(count, 'Limit', 'Age allowed by the plan', 'days'),
  overdueDays: column(count, 'Overdue', 'Days beyond the limit; 0: within it', 'days'),
  secretVersion: detail(column(count, 'Secret', 'Highest secret version seen; 0: unknown')),
  lastUsed: column(isoTime.nullable(), 'Last used', 'Last request; null: none seen'),
  callers: column(
    count,
    'Callers',
    `Callers (environment, address block and agent) seen in the ${CALLER_DAYS} days before`,
    'callers',
  ),
  todo: column(text, 'What to do', 'The next step for the owner'),
});

const params = {
  asOf: instant('The moment asked about; later facts do not count. Missing: now').optional(),
  soonDays: daysUpTo(
    365,
    'Keys that reach their limit within so many days are listed, too',
  ).default(15),
  ...KEY_FILTERS,
  temporary: flag('Whether temporary keys are listed, too').prefault('false'),
};

export const staleKeysReport = defineReport<typeof params, 'key'>({
  id: 'stale-keys',
  title: 'Stale keys',
  question: 'Which secrets are past their limit, or soon will be, and what is to be done?',
  about:
    'Live keys whose secret is as old as its plan allows or will be within `soonDays`, the longest overdue first, with the owner, ' +
    'the callers that a rotation has to reach and the next step. Limits: free 180 days, pro and enterprise 90, other plans 90. Age as ' +
    'in rotation-age; keys of unknown age are left out (rotation-age lists them).',
  params,
  rows: { key: row },
  shapeOf: () => 'key',
  toSQL(given, now) {
    const filters = keyFilters(given);
    return {
      sql: staleKeys(agedKeys(given, filters), recentCallers(given.asOf)),
      params: {
        asOf: timeParam(given.asOf ?? now),
        soonDays: given.soonDays,
        ...filterParams(filters),
      },
    };
  },
  order: () => [
    { column: 'dueAt', type: 'String' },
    { column: 'tenantId', type: 'String' },
    { column: 'keyId', type: 'String' },
  ],
  range: ({ asOf }) => ({ to: asOf }),
  summary: {
    initial: { rows: 0, overdue: 0, soon: 0, unused: 0 },
    add: (sum, { state, callers }) => ({
      rows: (sum['rows'] ?? 0) + 1,
      overdue: (sum['overdue'] ?? 0) + Number(state === 'overdue'),
      soon: (sum['soon'] ?? 0) + Number(state === 'soon'),
      unused: (sum['unused'] ?? 0) + Number(callers === 0),
    }),
  },
  conclude({ summary, whole }) {
    const { overdue = 0, soon = 0, unused = 0 } = summary;
    if (overdue + soon === 0) return 'No key is past the limit of its plan, or soon will be.';
    const least = whole ? '' : 'At least ';
    return `${least}${counted(overdue, 'key')} at or past the limit, ${counted(soon, 'key')} soon; ${counted(unused, 'of them has', 'of them have')} no caller in ${CALLER_DAYS} days and can be revoked rather than rotated.`;
  },
});

const CALLER_FROM = `${AS_OF} - INTERVAL ${CALLER_DAYS} DAY`;

/** Callers of each key in the days before. In the past only the raw events know who had called by then. */
function recentCallers(asOf: number | undefined): string {
  if (asOf === undefined) {
    return `SELECT tenant_id, key_id, uniqExact(environment, address_block, user_agent) AS callers
FROM {{database}}.callers
WHERE last_used > ${CALLER_FROM}
GROUP BY tenant_id, key_id`;
  }
  return `SELECT tenant_id, key_id, uniqExact(environment, ${ADDRESS_BLOCK}, ${USER_AGENT}) AS callers
FROM {{database}}.key_events
WHERE type = 'keywatch.key.request-made.v1' AND filed_time > ${CALLER_FROM} AND filed_time <= ${AS_OF}
GROUP BY tenant_id, key_id`;
}

function staleKeys(aged: string, callers: string): string {
  return `SELECT aged.* EXCEPT (createdAt, lastRotatedAt, since, disabled),
    if(assumeNotNull(aged.ageDays) >= aged.limitDays, 'overdue', 'soon') AS state,
    parseDateTime64BestEffort(assumeNotNull(aged.since), 3, 'UTC') + toIntervalDay(aged.limitDays) AS due,
    ${iso('due')} AS dueAt,
    recent.callers AS callers,
    multiIf(
        aged.disabled, 'Revoke: switched off',
        aged.lastUsed IS NULL, 'Revoke: never used',
        recent.callers = 0, 'Revoke: no caller in ${CALLER_DAYS} days',
        state = 'overdue', concat('Rotate now with ', toString(recent.callers), if(recent.callers = 1, ' caller', ' callers')),
        concat('Rotate by ', toString(toDate(due, 'UTC')), ' with ', toString(recent.callers), if(recent.callers = 1, ' caller', ' callers'))) AS todo
FROM
(
${aged}
) AS aged
LEFT JOIN
(
${callers}
) AS recent ON recent.tenant_id = aged.tenantId AND recent.key_id = aged.keyId
WHERE aged.ageDays IS NOT NULL AND aged.ageDays + {soonDays:UInt32} >= aged.limitDays`;
}
