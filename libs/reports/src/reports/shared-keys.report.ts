import { z } from 'zod';
import { column, detail, isoTime } from '../kit/columns.js';
import { OWNER } from '../kit/owner.js';
import { anyOf, flag, instant } from '../kit/params.js';
import { defineReport, type ParamsOf } from '../kit/report.js';
import { iso, type Filter } from '../kit/sql.js';
import { counted, NOT_ALL_IN } from '../kit/words.js';
import { summedRequests } from '../usage/usage-source.js';

const text = z.string();
const count = z.int().min(0);

const row = z.strictObject({
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
  name: detail(column(text, 'Name', 'Name given to the key')),
  owner: column(
    text,
    'Owner',
    'Who answers for the key: id, else e-mail, else team; empty: unknown',
  ),
  ownerEmail: detail(column(text, 'E-mail', 'E-mail address of the owner; empty: unknown')),
  home: column(text, 'Home', 'Home environment of the key; empty: unknown'),
  environments: column(count, 'Environments', 'Environments it was used in', 'environments'),
  usedIn: column(text, 'Used in', 'The environments, by name'),
  unexpected: column(
    count,
    'Unexpected',
    'Environments that are neither its home nor allowed for it; where neither is known, all but one',
    'environments',
  ),
  unexpectedIn: column(text, 'Unexpected in', 'Those environments; empty where none is known'),
  sharedDays: column(
    count,
    'Days shared',
    'UTC days on which it was used in more than one environment; 0: it moved from one to another',
    'days',
  ),
  requests: column(count, 'Requests', 'Requests in named environments', 'requests'),
  firstUsed: column(isoTime, 'First used', 'First of them'),
  lastUsed: column(isoTime, 'Last used', 'Last of them'),
});

const params = {
  from: instant('Requests from this time on; missing: from the first').optional(),
  to: instant('Requests before this time; missing: to the last').optional(),
  tenant: anyOf('Only these tenants').optional(),
  key: anyOf('Only these keys').optional(),
  lane: anyOf('Only these lanes: live, or names of imports').optional(),
  unexpected: flag('Only keys used where they are not allowed').prefault('false'),
};
type Params = ParamsOf<typeof params>;

export const sharedKeysReport = defineReport<typeof params, 'key'>({
  id: 'shared-keys',
  title: 'Keys in several environments',
  question: 'Which keys are used in several environments?',
  about:
    'Keys used in two or more named environments from `from` up to, not including, `to`, those used where they are not allowed first. ' +
    'A request without an environment counts for none. Whole hours and five minutes come from rollups, the borders from raw events; ' +
    'home and allowed environments are those of the latest creation that was seen.',
  params,
  rows: { key: row },
  shapeOf: () => 'key',
  toSQL(given) {
    const source = summedRequests({ range: given, filters: filtersOf(given) });
    return { sql: sharedKeys(source.sql, given.unexpected), params: source.params };
  },
  order: () => [
    { column: 'unexpected', type: 'UInt64', descending: true },
    { column: 'environments', type: 'UInt64', descending: true },
    { column: 'requests', type: 'UInt64', descending: true },
    { column: 'tenantId', type: 'String' },
    { column: 'keyId', type: 'String' },
  ],
  range: ({ from, to }) => ({ from, to }),
  summary: {
    initial: { rows: 0, unexpected: 0, sharedDays: 0 },
    add: (sum, { unexpected, sharedDays }) => ({
      rows: (sum['rows'] ?? 0) + 1,
      unexpected: (sum['unexpected'] ?? 0) + Number(Number(unexpected) > 0),
      sharedDays: (sum['sharedDays'] ?? 0) + Number(Number(sharedDays) > 0),
    }),
  },
  conclude({ summary, whole, complete }) {
    const { rows = 0, unexpected = 0 } = summary;
    const caveat = complete ? '' : NOT_ALL_IN;
    if (rows === 0) return `${caveat}No key was used in several environments.`;
    return `${caveat}${whole ? '' : 'At least '}${counted(rows, 'key')} in several environments, ${unexpected.toLocaleString('en-US')} of them where they are not allowed: give each environment a key of its own, or list the environment as allowed.`;
  },
});

const filtersOf = ({ tenant, key, lane }: Params): Filter[] => [
  { column: 'tenant_id', param: 'tenant', values: tenant },
  { column: 'key_id', param: 'key', values: key },
  { column: 'lane', param: 'lane', values: lane },
];

function sharedKeys(requests: string, unexpectedOnly: boolean): string {
  return `SELECT used.tenantId AS tenantId, used.keyId AS keyId, known.name AS name, known.owner AS owner, known.owner_email AS ownerEmail,
    known.environment AS home,
    length(used.names) AS environments,
    arrayStringConcat(used.names, ', ') AS usedIn,
    arrayDistinct(arrayFilter(e -> e != '', arrayPushBack(known.allowed_environments, known.environment))) AS allowed,
    arrayFilter(e -> NOT has(allowed, e), used.names) AS foreign,
    if(empty(allowed), toUInt64(environments - 1), length(foreign)) AS unexpected,
    if(empty(allowed), '', arrayStringConcat(foreign, ', ')) AS unexpectedIn,
    used.sharedDays AS sharedDays, used.requests AS requests,
    ${iso('used.firstUsed')} AS firstUsed, ${iso('used.lastUsed')} AS lastUsed
FROM
(
SELECT tenantId, keyId, arraySort(groupUniqArrayArray(day_names)) AS names, countIf(length(day_names) > 1) AS sharedDays,
    sum(day_requests) AS requests, min(day_first) AS firstUsed, max(day_last) AS lastUsed
FROM
(
SELECT tenant_id AS tenantId, key_id AS keyId, toDate(time, 'UTC') AS day, groupUniqArray(toString(environment)) AS day_names,
    sum(n) AS day_requests, min(first) AS day_first, max(last) AS day_last
FROM ${requests} AS requests_made
WHERE environment != ''
GROUP BY tenantId, keyId, day
)
GROUP BY tenantId, keyId
HAVING length(names) > 1
) AS used
LEFT JOIN
(
SELECT tenant_id, key_id, name, owner_email, environment, allowed_environments, ${OWNER} AS owner
FROM {{database}}.keys
) AS known ON known.tenant_id = used.tenantId AND known.key_id = used.keyId
WHERE ${unexpectedOnly ? 'unexpected > 0' : 'true'}`;
}
