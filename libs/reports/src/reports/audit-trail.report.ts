import { z } from 'zod';
import { subjectsOf, SUBJECT_ROW } from '../keys/subject.js';
import { column, detail, isoTime } from '../kit/columns.js';
import { anyOf, flag, instant } from '../kit/params.js';
import { defineReport, type ParamsOf } from '../kit/report.js';
import {
  filterConditions,
  filterParams,
  iso,
  timeParam,
  whereAll,
  type Filter,
} from '../kit/sql.js';
import { actions, alerts, deliveries, lifecycle, uses } from '../trail/sources.js';

const text = z.string();

const row = z.strictObject({
  time: column(isoTime, 'Time', 'When it happened'),
  tenantId: column(text, 'Tenant', 'Tenant of the key; empty: a silence of any'),
  keyId: column(text, 'Key', 'Public name of the key; empty: of no single key'),
  what: column(
    text,
    'What',
    'created, rotated, revoked, disabled, enabled, leak-reported; first-use and last-use of a caller; alert-raised, alert-repeated, ' +
      'alert-acknowledged, alert-resolved, alert-reopened, alert-commented; silence-created, silence-ended; delivery-sent, delivery-retry, delivery-gave-up',
  ),
  who: column(
    text,
    'Who',
    'Person or service that did it; caller of a use; rule of an alert; empty: the event did not say',
  ),
  detail: column(text, 'Detail', 'What is to be known of it'),
  severity: column(text, 'Severity', 'Of alerts and deliveries; else empty'),
  source: detail(column(text, 'Source', 'Producer of the event, app that found an alert')),
  eventId: detail(
    column(
      text,
      'Event',
      'Id of the event; of a use a hash of the caller, the same for its first and last',
    ),
  ),
  arrivedAt: detail(
    column(
      isoTime.nullable(),
      'Arrived',
      'Arrival time at the log; null for uses, which sum up many events',
    ),
  ),
  rank: detail(column(z.int().min(1), 'Order', 'Order of entries of one moment')),
});

const params = {
  key: anyOf('Only these keys').optional(),
  tenant: anyOf('Only these tenants').optional(),
  from: instant('Entries from this time on; missing: from the first').optional(),
  to: instant('Entries before this time; missing: to the last').optional(),
  uses: flag('Whether first and last use of each caller are listed').prefault('true'),
};
type Params = ParamsOf<typeof params>;

export const auditTrailReport = defineReport<typeof params, 'entry'>({
  id: 'audit-trail',
  title: 'Audit trail',
  question: 'What happened to a key, or in a tenant, in order, and who did it?',
  about:
    'Everything known of a key or a tenant in order of time: changes of the key with who made them, first and last use of each ' +
    'caller, alerts and what people did about them, silences, and messages sent. Give a key, a tenant, or both. Changes are kept for 400 ' +
    'days after arrival, uses for good, alerts for 800 days, what people did for good, deliveries for 400 days. Messages to an ' +
    'owner about several keys belong to the tenant only.',
  topics: ['keyEvents', 'alertEvents', 'deliveryEvents'],
  params,
  rows: { entry: row },
  shapeOf: () => 'entry',
  check: ({ key, tenant }) =>
    key === undefined && tenant === undefined ? ['key or tenant must be given'] : [],
  toSQL(given) {
    const filters = filtersOf(given);
    const { from, to } = given;
    return {
      sql: trail(given, filters),
      params: {
        ...(from === undefined ? {} : { from: timeParam(from) }),
        ...(to === undefined ? {} : { to: timeParam(to) }),
        ...filterParams(filters),
      },
    };
  },
  order: () => [
    { column: 'time', type: 'String' },
    { column: 'rank', type: 'UInt64' },
    { column: 'tenantId', type: 'String' },
    { column: 'keyId', type: 'String' },
    { column: 'eventId', type: 'String' },
    { column: 'source', type: 'String' },
  ],
  range: ({ from, to }) => ({ from, to }),
  subject: { row: SUBJECT_ROW, toSQL: subjectsOf },
  summary: {
    initial: { rows: 0, changes: 0, alerts: 0 },
    add: (sum, { rank, what }) => ({
      rows: (sum['rows'] ?? 0) + 1,
      changes: (sum['changes'] ?? 0) + Number(rank === 1),
      alerts: (sum['alerts'] ?? 0) + Number(what === 'alert-raised'),
    }),
  },
  conclude: ({ subjects, summary }) =>
    subjects.length > 0 || Number(summary['rows']) > 0
      ? null
      : 'Nothing is known of it: check the names of key and tenant.',
});

const filtersOf = ({ tenant, key }: Params): Filter[] => [
  { column: 'tenant_id', param: 'tenant', values: tenant },
  { column: 'key_id', param: 'key', values: key },
];

function trail(given: Params, filters: readonly Filter[]): string {
  const where = filterConditions(filters)
    .map((condition) => `\n  AND ${condition}`)
    .join('');
  const sources = [
    lifecycle(where),
    ...(given.uses ? [uses('first', where), uses('last', where)] : []),
    alerts(where),
    actions(where),
    deliveries(where),
  ];
  const within = [
    ...(given.from === undefined ? [] : ["at >= {from:DateTime64(3, 'UTC')}"]),
    ...(given.to === undefined ? [] : ["at < {to:DateTime64(3, 'UTC')}"]),
  ];
  return `SELECT ${iso('at')} AS time, tenant_id AS tenantId, key_id AS keyId, what, who, detail, severity, source, id AS eventId,
    ${iso('arrived')} AS arrivedAt, rank
FROM
(
${sources.join('\nUNION ALL\n')}
)${whereAll(within)}`;
}
