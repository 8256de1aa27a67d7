import { z } from 'zod';
import { ADDRESS_BLOCK, chosenKeys, USER_AGENT } from '../callers/caller-sql.js';
import { subjectsOf, SUBJECT_ROW } from '../keys/subject.js';
import { column, isoTime } from '../kit/columns.js';
import type { OrderColumn } from '../kit/paging.js';
import { anyOf, instant, oneOf } from '../kit/params.js';
import { defineReport, type ParamsOf } from '../kit/report.js';
import { iso, timeParam, whereAll, type SqlQuery } from '../kit/sql.js';

const text = z.string();
const count = z.int().min(0);

const PARTS = {
  environment: column(text, 'Environment', 'Environment of the requests; empty: unknown'),
  addressBlock: column(
    text,
    'Address block',
    'IPv4 /24 or IPv6 /48 of the source; else its text, such as the name of a service',
  ),
  userAgent: column(text, 'Agent', 'User agent, its first 256 bytes; empty: none given'),
  endpoint: column(text, 'Endpoint', 'Route template; empty: none given'),
} as const;
type Part = keyof typeof PARTS;

/** What makes two requests come from the same row. */
const GROUPED = {
  endpoint: ['environment', 'addressBlock', 'userAgent', 'endpoint'],
  caller: ['environment', 'addressBlock', 'userAgent'],
  environment: ['environment'],
  address: ['addressBlock'],
  agent: ['userAgent'],
} as const satisfies Record<string, readonly Part[]>;
type Group = keyof typeof GROUPED;
const GROUPS = Object.keys(GROUPED) as [Group, ...Group[]];

const KEY = {
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
};
const SUMS = {
  requests: column(count, 'Requests', 'Requests made', 'requests'),
  errors: column(count, 'Errors', 'Requests with status 400 or more', 'requests'),
  secretVersion: column(count, 'Secret', 'Highest secret version used; 0: unknown'),
  firstUsed: column(isoTime, 'First used', 'First request'),
  lastUsed: column(isoTime, 'Last used', 'Last request'),
};

const rowOf = (group: Group): z.ZodObject =>
  z.strictObject({
    ...KEY,
    ...Object.fromEntries(GROUPED[group].map((part) => [part, PARTS[part]])),
    ...SUMS,
  });
const rows = Object.fromEntries(GROUPS.map((group) => [group, rowOf(group)])) as Record<
  Group,
  z.ZodObject
>;

const params = {
  key: anyOf('The key, by its public name'),
  tenant: anyOf('Only these tenants').optional(),
  from: instant('Requests from this time on; missing: from the first').optional(),
  to: instant('Requests before this time; missing: to the last').optional(),
  environment: anyOf('Only these environments; empty: requests without one').optional(),
  groupBy: oneOf(
    GROUPS,
    'What a row stands for: endpoint is environment, address block, agent and endpoint; caller is the first three',
  ).default('endpoint'),
};
type Params = ParamsOf<typeof params>;

export const callersReport = defineReport<typeof params, Group>({
  id: 'callers',
  title: 'Callers of a key',
  question: 'Who calls with a key, from where, and what?',
  about:
    'Who called with a key: environment, address block, agent and endpoint, with the first and the last request and their number, ' +
    'the busiest first. All there is comes from a table that is kept for good; with `from` or `to` the requests of that time are ' +
    'counted over the raw events, which are kept for 400 days after arrival.',
  params,
  rows,
  shapeOf: ({ groupBy }) => groupBy,
  toSQL: (given) =>
    given.from === undefined && given.to === undefined ? fromTable(given) : fromEvents(given),
  order: ({ groupBy }) => [
    { column: 'requests', type: 'UInt64', descending: true },
    ...['tenantId', 'keyId', ...GROUPED[groupBy]].map((name): OrderColumn => ({
      column: name,
      type: 'String',
    })),
  ],
  range: ({ from, to }) => ({ from, to }),
  subject: { row: SUBJECT_ROW, toSQL: subjectsOf },
  summary: {
    initial: { rows: 0, requests: 0, errors: 0 },
    add: (sum, { requests, errors }) => ({
      rows: (sum['rows'] ?? 0) + 1,
      requests: (sum['requests'] ?? 0) + Number(requests),
      errors: (sum['errors'] ?? 0) + Number(errors),
    }),
  },
  conclude: ({ subjects }) =>
    subjects.length > 0
      ? null
      : 'Nothing is known of this key: check its name and tenant (keywatch report usage lists keys).',
});

const IN_TABLE: Readonly<Record<Part, string>> = {
  environment: 'environment',
  addressBlock: 'address_block',
  userAgent: 'user_agent',
  endpoint: 'endpoint',
};
const IN_EVENTS: Readonly<Record<Part, string>> = {
  ...IN_TABLE,
  addressBlock: ADDRESS_BLOCK,
  userAgent: USER_AGENT,
};

const grouped = (group: Group, sources: Readonly<Record<Part, string>>): string[] =>
  GROUPED[group].map((part) => {
    const sql = sources[part];
    return sql === part ? sql : `${sql} AS ${part}`;
  });

const groupNames = (group: Group): string => ['tenantId', 'keyId', ...GROUPED[group]].join(', ');

/** Asked by environment, the name of the column and of the result are the same. */
function conditionsOf(given: Params): { conditions: string[]; params: SqlQuery['params'] } {
  const chosen = chosenKeys(given);
  const { environment } = given;
  return {
    conditions: [
      ...chosen.conditions,
      ...(environment === undefined ? [] : ['environment IN {environment:Array(String)}']),
    ],
    params: { ...chosen.params, ...(environment === undefined ? {} : { environment }) },
  };
}

function fromTable(given: Params): SqlQuery {
  const { conditions, params: values } = conditionsOf(given);
  const select = [
    'tenant_id AS tenantId',
    'key_id AS keyId',
    ...grouped(given.groupBy, IN_TABLE),
    'sum(calls.requests) AS requests',
    'sum(calls.errors) AS errors',
    'max(calls.secret_version) AS secretVersion',
    `${iso('min(first_used)')} AS firstUsed`,
    `${iso('max(last_used)')} AS lastUsed`,
  ];
  return {
    sql: `SELECT ${select.join(',\n    ')}\nFROM {{database}}.callers AS calls${whereAll(conditions)}\nGROUP BY ${groupNames(given.groupBy)}`,
    params: values,
  };
}

function fromEvents(given: Params): SqlQuery {
  const { conditions, params: values } = conditionsOf(given);
  const { from, to } = given;
  const select = [
    'tenant_id AS tenantId',
    'key_id AS keyId',
    ...grouped(given.groupBy, IN_EVENTS),
    'count() AS requests',
    'countIf(status >= 400) AS errors',
    'max(secret_version) AS secretVersion',
    `${iso('min(filed_time)')} AS firstUsed`,
    `${iso('max(filed_time)')} AS lastUsed`,
  ];
  const within = [
    "type = 'keywatch.key.request-made.v1'",
    ...(from === undefined ? [] : ["filed_time >= {from:DateTime64(3, 'UTC')}"]),
    ...(to === undefined ? [] : ["filed_time < {to:DateTime64(3, 'UTC')}"]),
  ];
  return {
    sql: `SELECT ${select.join(',\n    ')}\nFROM {{database}}.key_events${whereAll([...within, ...conditions])}\nGROUP BY ${groupNames(given.groupBy)}`,
    params: {
      ...values,
      ...(from === undefined ? {} : { from: timeParam(from) }),
      ...(to === undefined ? {} : { to: timeParam(to) }),
    },
  };
}
