import { z } from 'zod';
import { column, isoTime } from '../kit/columns.js';
import { OWNER } from '../kit/owner.js';
import { anyOf, flag, instant, oneOf } from '../kit/params.js';
import type { OrderColumn } from '../kit/paging.js';
import { defineReport } from '../kit/report.js';
import { iso, type Filter, type SqlQuery } from '../kit/sql.js';
import { rawRequests, summedRequests } from '../usage/usage-source.js';

const GROUPS = ['key', 'tenant', 'environment', 'lane', 'owner', 'hour', 'day'] as const;
type Group = (typeof GROUPS)[number];

const count = z.int().min(0);
const text = z.string();

const GROUP_COLUMNS = {
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
  environment: column(text, 'Environment', 'Environment of the requests; empty: unknown'),
  lane: column(text, 'Lane', 'live, or the name of one import'),
  owner: column(
    text,
    'Owner',
    'Who answers for the key: id, else e-mail, else team; empty: unknown',
  ),
  hour: column(isoTime, 'Hour', 'Start of the hour, UTC'),
  day: column(isoTime, 'Day', 'Start of the day, UTC'),
};

const SUMS = {
  requests: column(count, 'Requests', 'Requests made', 'requests'),
  errors: column(count, 'Errors', 'Requests with status 400 or more', 'requests'),
  denied: column(count, 'Denied', 'Requests with status 401 or 403', 'requests'),
  rateLimited: column(count, 'Rate limited', 'Requests with status 429', 'requests'),
  bytesOut: column(count, 'Bytes out', 'Bytes sent', 'bytes'),
  latencyMsAvg: column(
    z.number().min(0).nullable(),
    'Latency',
    'Mean latency, a request that gave none counting as 0; null where none gave any',
    'ms',
  ),
  firstUsed: column(isoTime, 'First used', 'First request in the range'),
  lastUsed: column(isoTime, 'Last used', 'Last request in the range'),
};

const DISTINCT = {
  userAgents: column(count, 'Agents', 'Distinct user agents, exact', 'agents'),
  endpoints: column(count, 'Endpoints', 'Distinct endpoints, exact', 'endpoints'),
  sourceAddresses: column(
    count,
    'Addresses',
    'Distinct source addresses as text, exact',
    'addresses',
  ),
};

/** Per group: its columns, each with the SQL that gives it (`time` stands for the time of a row). */
const GROUPED: Readonly<
  Record<Group, Readonly<Partial<Record<keyof typeof GROUP_COLUMNS, string>>>>
> = {
  key: { tenantId: 'tenant_id', keyId: 'key_id' },
  tenant: { tenantId: 'tenant_id' },
  environment: { environment: 'environment' },
  lane: { lane: 'lane' },
  owner: { owner: 'owner' },
  hour: { hour: iso("toDateTime64(toStartOfHour(time), 3, 'UTC')") },
  day: { day: iso("toDateTime64(toStartOfDay(time, 'UTC'), 3, 'UTC')") },
};

type Shape = Group | `${Group}-sums`;

function rowsOf(group: Group, distinct: boolean): z.ZodObject {
  const names = Object.keys(GROUPED[group]) as (keyof typeof GROUP_COLUMNS)[];
  const own = Object.fromEntries(names.map((name) => [name, GROUP_COLUMNS[name]]));
  return z.strictObject({ ...own, ...SUMS, ...(distinct ? DISTINCT : {}) });
}

const rows = Object.fromEntries(
  GROUPS.flatMap((group) => [
    [group, rowsOf(group, true)],
    [`${group}-sums`, rowsOf(group, false)],
  ]),
) as Record<Shape, z.ZodObject>;

const params = {
  from: instant('Requests from this time on; missing: from the first').optional(),
  to: instant('Requests before this time; missing: to the last').optional(),
  tenant: anyOf('Only these tenants').optional(),
  key: anyOf('Only these keys').optional(),
  lane: anyOf('Only these lanes: live, or names of imports').optional(),
  environment: anyOf('Only these environments; empty: requests without one').optional(),
  groupBy: oneOf(GROUPS, 'What a row stands for').default('key'),
  distinct: flag(
    'Whether agents, endpoints and addresses are counted; without them sums come from rollups and the answer is faster',
  ).prefault('true'),
};
type Params = z.output<z.ZodObject<typeof params, z.core.$strict>>;

export const usageReport = defineReport<typeof params, Shape>({
  id: 'usage',
  title: 'Usage',
  question: 'How much is each key used, and by how many?',
  about:
    'Requests, errors and distinct callers per key, tenant, environment, lane, owner, hour or day; all there is, or from ' +
    '`from` up to, not including, `to` (event time). With `distinct` everything is counted over the raw events, which are kept for ' +
    '400 days after arrival; without, whole hours and five minutes come from rollups, which are kept for good, and the borders from raw ' +
    'events: the sums are the same. Most requests first; hours and days in order of time.',
  params,
  rows,
  shapeOf: ({ groupBy, distinct }) => (distinct ? groupBy : `${groupBy}-sums`),
  toSQL: (given) => (given.distinct ? fromEvents(given) : fromRollups(given)),
  order: ({ groupBy }) => orderOf(groupBy),
  range: ({ from, to }) => ({ from, to }),
  summary: {
    initial: { rows: 0, requests: 0, errors: 0 },
    add: (sum, row) => ({
      rows: (sum['rows'] ?? 0) + 1,
      requests: (sum['requests'] ?? 0) + Number(row['requests']),
      errors: (sum['errors'] ?? 0) + Number(row['errors']),
    }),
  },
});

function orderOf(group: Group): OrderColumn[] {
  const names = Object.keys(GROUPED[group]).map((name): OrderColumn => ({
    column: name,
    type: 'String',
  }));
  if (group === 'hour' || group === 'day') return names;
  return [{ column: 'requests', type: 'UInt64', descending: true }, ...names];
}

const filtersOf = ({ tenant, key, lane, environment }: Params): Filter[] => [
  { column: 'tenant_id', param: 'tenant', values: tenant },
  { column: 'key_id', param: 'key', values: key },
  { column: 'lane', param: 'lane', values: lane },
  { column: 'environment', param: 'environment', values: environment },
];

const MEAN = (sum: string, requests: string): string =>
  `if(${sum} = 0, NULL, round(${sum} / ${requests}, 3))`;

function fromEvents(given: Params): SqlQuery {
  const source = rawRequests({ range: given, filters: filtersOf(given) });
  const measures = [
    'count() AS requests',
    'countIf(status >= 400) AS errors',
    'countIf(status IN (401, 403)) AS denied',
    'countIf(status = 429) AS rateLimited',
    'sum(bytes_out) AS bytesOut',
    `${MEAN('sum(toFloat64(latency_ms))', 'count()')} AS latencyMsAvg`,
    `${iso('min(time)')} AS firstUsed`,
    `${iso('max(time)')} AS lastUsed`,
    "uniqExactIf(user_agent, user_agent != '') AS userAgents",
    "uniqExactIf(endpoint, endpoint != '') AS endpoints",
    "uniqExactIf(source_ip, source_ip != '') AS sourceAddresses",
  ];
  const events = `(\nSELECT tenant_id, key_id, lane, environment, filed_time AS time, status, bytes_out, latency_ms, user_agent, endpoint, source_ip\nFROM ${source.sql}\n)`;
  return { sql: grouped(given.groupBy, measures, events), params: source.params };
}

function fromRollups(given: Params): SqlQuery {
  const source = summedRequests({ range: given, filters: filtersOf(given) });
  const measures = [
    'sum(n) AS requests',
    'sum(failed) AS errors',
    'sum(refused) AS denied',
    'sum(limited) AS rateLimited',
    'sum(bytes) AS bytesOut',
    `${MEAN('sum(latency)', 'sum(n)')} AS latencyMsAvg`,
    `${iso('min(first)')} AS firstUsed`,
    `${iso('max(last)')} AS lastUsed`,
  ];
  return { sql: grouped(given.groupBy, measures, source.sql), params: source.params };
}

function grouped(group: Group, measures: readonly string[], source: string): string {
  const columns = Object.entries(GROUPED[group]);
  const owners =
    group === 'owner'
      ? `\nLEFT JOIN\n(\nSELECT tenant_id, key_id, ${OWNER} AS owner\nFROM {{database}}.keys\n) AS owners USING (tenant_id, key_id)`
      : '';
  const select = [
    ...columns.map(([name, sql]) => (sql === name ? sql : `${sql} AS ${name}`)),
    ...measures,
  ];
  const names = columns.map(([name]) => name).join(', ');
  return `SELECT ${select.join(',\n    ')}\nFROM ${source} AS requests_made${owners}\nGROUP BY ${names}`;
}
