import { z } from 'zod';
import { ADDRESS_BLOCK, chosenKeys, USER_AGENT } from '../callers/caller-sql.js';
import { impactOf } from '../callers/impact.js';
import { subjectsOf, SUBJECT_ROW } from '../keys/subject.js';
import { column, detail, isoTime } from '../kit/columns.js';
import { anyOf, daysUpTo, instant } from '../kit/params.js';
import { defineReport } from '../kit/report.js';
import { iso, timeParam, whereAll } from '../kit/sql.js';

const text = z.string();
const count = z.int().min(0);
const DAY_MS = 86_400_000;
/** Endpoints that are named; of more the number is told. */
const NAMED = 5;

const row = z.strictObject({
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
  environment: column(text, 'Environment', 'Environment of the requests; empty: unknown'),
  addressBlock: column(
    text,
    'Address block',
    'IPv4 /24 or IPv6 /48 of the source; else its text, such as the name of a service',
  ),
  userAgent: column(text, 'Agent', 'User agent, its first 256 bytes; empty: none given'),
  breaks: column(
    z.boolean(),
    'Breaks',
    'Whether a request of it succeeded (status below 400): it would fail from now on',
  ),
  requests: column(count, 'Requests', 'Requests within the days looked at', 'requests'),
  sharePercent: column(
    z.number().min(0).max(100),
    'Share',
    'Share of all requests of the key within these days',
    '%',
  ),
  succeeded: column(count, 'Succeeded', 'Of them with a status below 400', 'requests'),
  activeDays: column(count, 'Active days', 'UTC days on which it called', 'days'),
  firstUsed: detail(column(isoTime, 'First used', 'First request within these days')),
  lastUsed: column(isoTime, 'Last used', 'Last request'),
  endpoints: column(count, 'Endpoints', 'Distinct endpoints, exact', 'endpoints'),
  endpointsUsed: column(text, 'Endpoints used', `The ${NAMED} it calls most`),
  secretVersion: detail(column(count, 'Secret', 'Highest secret version used; 0: unknown')),
});

const params = {
  key: anyOf('The key, by its public name'),
  tenant: anyOf('Only these tenants').optional(),
  days: daysUpTo(400, 'How many days back a caller counts').default(30),
  asOf: instant('The moment asked about; later requests do not count. Missing: now').optional(),
};

export const revokeImpactReport = defineReport<typeof params, 'caller'>({
  id: 'revoke-impact',
  title: 'Impact of revoking a key',
  question: 'Who breaks if a key is revoked now?',
  about:
    'The callers (environment, address block and agent) that used a key within the last `days`, the busiest first, each with its ' +
    'requests, share of the traffic, last use and endpoints, counted over the raw events. A caller breaks where at least one of its ' +
    'requests succeeded. Who calls more rarely than every `days` days is not among them.',
  params,
  rows: { caller: row },
  shapeOf: () => 'caller',
  toSQL(given, now) {
    const asOf = given.asOf ?? now;
    const chosen = chosenKeys(given);
    return {
      sql: impact(chosen.conditions),
      params: {
        from: timeParam(asOf - given.days * DAY_MS),
        asOf: timeParam(asOf),
        ...chosen.params,
      },
    };
  },
  order: () => [
    { column: 'requests', type: 'UInt64', descending: true },
    { column: 'tenantId', type: 'String' },
    { column: 'keyId', type: 'String' },
    { column: 'environment', type: 'String' },
    { column: 'addressBlock', type: 'String' },
    { column: 'userAgent', type: 'String' },
  ],
  range: ({ asOf, days }, now) => {
    const to = asOf ?? now;
    return { from: to - days * DAY_MS, ...(asOf === undefined ? {} : { to: asOf }) };
  },
  subject: {
    row: SUBJECT_ROW,
    toSQL: (given, now) => subjectsOf(given, given.asOf ?? now),
  },
  summary: {
    initial: { rows: 0, breaking: 0, requests: 0, succeeded: 0, lastUsedMs: 0 },
    add: (sum, { breaks, requests, succeeded, lastUsed }) => ({
      rows: (sum['rows'] ?? 0) + 1,
      breaking: (sum['breaking'] ?? 0) + Number(breaks === true),
      requests: (sum['requests'] ?? 0) + Number(requests),
      succeeded: (sum['succeeded'] ?? 0) + Number(succeeded),
      lastUsedMs: Math.max(
        sum['lastUsedMs'] ?? 0,
        breaks === true ? Date.parse(String(lastUsed)) : 0,
      ),
    }),
  },
  conclude: (findings, { days }) => impactOf(findings, days),
});

function impact(keys: readonly string[]): string {
  const conditions = [
    "type = 'keywatch.key.request-made.v1'",
    "filed_time > {from:DateTime64(3, 'UTC')}",
    "filed_time <= {asOf:DateTime64(3, 'UTC')}",
    ...keys,
  ];
  return `SELECT tenantId, keyId, environment, addressBlock, userAgent,
    toBool(succeeded > 0) AS breaks, calls AS requests,
    round(100 * calls / sum(calls) OVER (PARTITION BY tenantId, keyId), 1) AS sharePercent,
    succeeded, length(days) AS activeDays, ${iso('first')} AS firstUsed, ${iso('last')} AS lastUsed,
    endpoints,
    concat(arrayStringConcat(arrayMap(e -> e.2, most), ', '), if(endpoints > ${NAMED}, concat(' and ', toString(endpoints - ${NAMED}), ' more'), '')) AS endpointsUsed,
    secretVersion
FROM
(
SELECT tenantId, keyId, environment, addressBlock, userAgent, sum(n) AS calls, sum(good) AS succeeded,
    groupUniqArrayArray(on_days) AS days, min(first_call) AS first, max(last_call) AS last,
    countIf(endpoint != '') AS endpoints, groupArraySortedIf(${NAMED})((-toInt64(n), endpoint), endpoint != '') AS most,
    max(version) AS secretVersion
FROM
(
SELECT tenant_id AS tenantId, key_id AS keyId, environment, ${ADDRESS_BLOCK} AS addressBlock, ${USER_AGENT} AS userAgent, endpoint,
    count() AS n, countIf(status < 400) AS good, groupUniqArray(toDate(filed_time, 'UTC')) AS on_days,
    min(filed_time) AS first_call, max(filed_time) AS last_call, max(secret_version) AS version
FROM {{database}}.key_events${whereAll(conditions)}
GROUP BY tenantId, keyId, environment, addressBlock, userAgent, endpoint
)
GROUP BY tenantId, keyId, environment, addressBlock, userAgent
)`;
}
