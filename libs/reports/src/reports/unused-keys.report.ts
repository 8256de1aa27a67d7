import { z } from 'zod';
import { column, detail, isoTime } from '../kit/columns.js';
import { KEY_COLUMNS } from '../kit/key-columns.js';
import { OWNER } from '../kit/owner.js';
import { daysUpTo, flag, oneOf } from '../kit/params.js';
import { defineReport, type ParamsOf } from '../kit/report.js';
import { filterConditions, filterParams, iso, timeParam, whereAll } from '../kit/sql.js';
import { counted } from '../kit/words.js';
import { KEY_FILTERS, keyFilters } from '../rotation/aged-keys.js';

const text = z.string();
const count = z.int().min(0);
const STATES = ['never-used', 'only-failed', 'unused'] as const;

const row = z.strictObject({
  ...KEY_COLUMNS,
  state: column(
    z.enum(STATES),
    'State',
    'never-used: no request was seen; only-failed: no request succeeded; unused: none has lately',
  ),
  idleDays: column(
    count,
    'Idle',
    'Whole days since the last success; where there was none, since creation or the first request',
    'days',
  ),
  createdAt: column(isoTime.nullable(), 'Created', 'Creation; null: not seen'),
  lastSucceeded: column(
    isoTime.nullable(),
    'Last success',
    'Last request with a status below 400; null: none seen',
  ),
  lastUsed: column(isoTime.nullable(), 'Last used', 'Last request of any kind; null: none seen'),
  requests: column(count, 'Requests', 'Requests seen, ever', 'requests'),
  disabled: detail(column(z.boolean(), 'Disabled', 'Switched off, and may be switched on again')),
  todo: column(text, 'What to do', 'The next step for the owner'),
});

const params = {
  days: daysUpTo(3650, 'Listed after so many days without a request that succeeded').default(45),
  neverUsedDays: daysUpTo(
    3650,
    'A key without any request is listed so many days after its creation',
  ).default(14),
  state: oneOf(STATES, 'Only keys of this state').optional(),
  ...KEY_FILTERS,
  temporary: flag('Whether temporary keys are listed, too').prefault('false'),
};
type Params = ParamsOf<typeof params>;

export const unusedKeysReport = defineReport<typeof params, 'key'>({
  id: 'unused-keys',
  title: 'Unused keys',
  question: 'Which live keys does nobody need?',
  about:
    'Live keys (neither revoked nor expired) that no request has used with success for `days`, and those never used since their ' +
    'creation `neverUsedDays` ago, the longest idle first. A request that failed is no use. Requests from before the first event ' +
    'that was stored are not known: a key can be in use and unseen.',
  params,
  rows: { key: row },
  shapeOf: () => 'key',
  toSQL(given, now) {
    const filters = keyFilters(given);
    return {
      sql: unusedKeys(given, filterConditions(filters)),
      params: {
        now: timeParam(now),
        days: given.days,
        neverUsedDays: given.neverUsedDays,
        ...(given.state === undefined ? {} : { state: given.state }),
        ...filterParams(filters),
      },
    };
  },
  order: () => [
    { column: 'idleDays', type: 'Int64', descending: true },
    { column: 'tenantId', type: 'String' },
    { column: 'keyId', type: 'String' },
  ],
  range: () => ({}),
  summary: {
    initial: { rows: 0, neverUsed: 0, onlyFailed: 0, unused: 0 },
    add: (sum, { state }) => ({
      rows: (sum['rows'] ?? 0) + 1,
      neverUsed: (sum['neverUsed'] ?? 0) + Number(state === 'never-used'),
      onlyFailed: (sum['onlyFailed'] ?? 0) + Number(state === 'only-failed'),
      unused: (sum['unused'] ?? 0) + Number(state === 'unused'),
    }),
  },
  conclude({ summary, whole, complete }) {
    const { rows = 0, neverUsed = 0, onlyFailed = 0 } = summary;
    const least = whole ? '' : 'At least ';
    const caveat = complete
      ? ''
      : 'Not everything that has arrived is in, so some of these may be in use: ';
    if (rows === 0) return 'Every live key was used, or is too young to tell.';
    return `${caveat}${least}${counted(rows, 'live key')} that nobody needs by what was seen: ${neverUsed.toLocaleString('en-US')} never used, ${onlyFailed.toLocaleString('en-US')} with failed requests only. Ask revoke-impact before revoking.`;
  },
});

const NOW = "{now:DateTime64(3, 'UTC')}";

function unusedKeys({ temporary, state }: Params, filters: readonly string[]): string {
  const live = [
    `(revoked_at IS NULL OR revoked_at > ${NOW})`,
    `(expires_at IS NULL OR expires_at > ${NOW})`,
    "NOT startsWith(key_id, 'unknown:')",
    ...(temporary ? [] : ["kind != 'temporary'"]),
    'idle_since IS NOT NULL',
    "idleDays >= if(state = 'never-used', {neverUsedDays:UInt32}, {days:UInt32})",
    ...(state === undefined ? [] : ['state = {state:String}']),
    ...filters,
  ];
  return `SELECT tenant_id AS tenantId, key_id AS keyId, name, owner, owner_email AS ownerEmail, owner_team AS ownerTeam, plan, environment,
    multiIf(requests = 0, 'never-used', last_succeeded IS NULL, 'only-failed', 'unused') AS state,
    assumeNotNull(intDiv(if(idle_since > ${NOW}, 0, dateDiff('millisecond', idle_since, ${NOW})), 86400000)) AS idleDays,
    ${iso('created_at')} AS createdAt,
    ${iso('last_succeeded')} AS lastSucceeded,
    ${iso('last_used')} AS lastUsed,
    requests,
    toBool(disabled) AS disabled,
    multiIf(
        state = 'never-used', 'Revoke it, or ask the owner why it was issued',
        state = 'only-failed', 'Ask the owner: its requests only fail',
        'Ask the owner, then revoke it') AS todo
FROM
(
SELECT *, ${OWNER} AS owner, coalesce(last_succeeded, created_at, first_used) AS idle_since
FROM {{database}}.keys
)${whereAll(live)}`;
}
