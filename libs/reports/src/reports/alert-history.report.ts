import { SEVERITIES } from '@keywatch/events';
import { z } from 'zod';
import { column, detail, isoTime } from '../kit/columns.js';
import { OWNER } from '../kit/owner.js';
import type { OrderColumn } from '../kit/paging.js';
import { anyOf, instant, oneOf } from '../kit/params.js';
import { defineReport, type ParamsOf } from '../kit/report.js';
import {
  filterConditions,
  filterParams,
  iso,
  timeParam,
  whereAll,
  type Filter,
  type SqlQuery,
} from '../kit/sql.js';
import { counted } from '../kit/words.js';

const text = z.string();
const count = z.int().min(0);

const NAMES = {
  rule: column(text, 'Rule', 'Rule or sweep that found it'),
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
  owner: column(
    text,
    'Owner',
    'Who answers for the key: id, else e-mail, else team; empty: unknown',
  ),
  day: column(isoTime, 'Day', 'Start of the UTC day of the first detection'),
};

const alertRow = z.strictObject({
  firstDetectedAt: column(isoTime, 'First detected', 'When it was first detected'),
  severity: column(z.enum(SEVERITIES), 'Severity', 'Highest severity told'),
  rule: NAMES.rule,
  tenantId: NAMES.tenantId,
  keyId: NAMES.keyId,
  owner: NAMES.owner,
  lane: detail(column(text, 'Lane', 'live, or the name of one import')),
  sentence: column(text, 'What happened', 'In a sentence'),
  tellings: detail(
    column(count, 'Tellings', 'How often it was told, with growing evidence', 'times'),
  ),
  lastDetectedAt: detail(column(isoTime, 'Last detected', 'When it was last detected')),
  status: column(text, 'Status', 'open, acknowledged or resolved'),
  acknowledgedBy: column(text, 'Acknowledged by', 'Who acknowledged it; empty: nobody'),
  acknowledgedAt: detail(column(isoTime.nullable(), 'Acknowledged', 'When; null: not')),
  resolvedBy: column(text, 'Resolved by', 'Who resolved it; empty: nobody'),
  resolvedAt: detail(column(isoTime.nullable(), 'Resolved', 'When; null: not')),
  why: column(text, 'Why', 'Why it was acknowledged or resolved, in the words of who did it'),
  comments: detail(column(count, 'Comments', 'Comments on it', 'comments')),
  sent: column(count, 'Sent', 'Messages delivered to people', 'messages'),
  sentTo: column(text, 'Sent to', 'Where they went; empty: nowhere'),
  firstSentAt: detail(
    column(isoTime.nullable(), 'First sent', 'When the first went out; null: none did'),
  ),
  failed: detail(column(count, 'Failed', 'Deliveries given up', 'messages')),
  alertId: detail(column(text, 'Alert', 'Id of the alert: the same under replay')),
});

const SUMS = {
  alerts: column(count, 'Alerts', 'Alerts first detected in the time', 'alerts'),
  high: column(count, 'High', 'Of severity high or critical', 'alerts'),
  keys: column(count, 'Keys', 'Distinct keys', 'keys'),
  open: column(count, 'Open', 'Neither acknowledged nor resolved', 'alerts'),
  unsent: column(count, 'Unsent', 'Alerts of which no message reached anybody', 'alerts'),
  firstDetectedAt: column(isoTime, 'First detected', 'First of them'),
  lastDetectedAt: column(isoTime, 'Last detected', 'Last detection of any of them'),
};

const GROUPED = {
  rule: ['rule'],
  key: ['tenantId', 'keyId'],
  owner: ['owner'],
  tenant: ['tenantId'],
  day: ['day'],
} as const satisfies Record<string, readonly (keyof typeof NAMES)[]>;
const GROUPS = ['alert', 'rule', 'key', 'owner', 'tenant', 'day'] as const;
type Group = (typeof GROUPS)[number];
type Summed = Exclude<Group, 'alert'>;

const groupRow = (group: Summed): z.ZodObject =>
  z.strictObject({
    ...Object.fromEntries(GROUPED[group].map((name) => [name, NAMES[name]])),
    ...SUMS,
  });

const params = {
  from: instant('Alerts first detected at this time or later; missing: from the first').optional(),
  to: instant('Alerts first detected before this time; missing: to the last').optional(),
  tenant: anyOf('Only these tenants').optional(),
  key: anyOf('Only these keys').optional(),
  owner: anyOf('Only keys of these owners, as the column owner names them').optional(),
  rule: anyOf('Only these rules').optional(),
  severity: oneOf(SEVERITIES, 'Least severity').optional(),
  lane: anyOf('Only these lanes: live, or names of imports').optional(),
  groupBy: oneOf(GROUPS, 'What a row stands for').default('alert'),
};
type Params = ParamsOf<typeof params>;

export const alertHistoryReport = defineReport<typeof params, Group>({
  id: 'alert-history',
  title: 'Alert history',
  question: 'What was raised, who was told, and what did they do about it?',
  about:
    'Alerts by the time of their first detection, the latest first, each with what people did about it and which messages reached ' +
    'somebody; or their numbers per rule, key, owner, tenant or day. Status and deliveries are as known now.',
  topics: ['alertEvents', 'deliveryEvents'],
  tellsAlerts: true,
  params,
  rows: {
    alert: alertRow,
    rule: groupRow('rule'),
    key: groupRow('key'),
    owner: groupRow('owner'),
    tenant: groupRow('tenant'),
    day: groupRow('day'),
  },
  shapeOf: ({ groupBy }) => groupBy,
  toSQL(given) {
    const { sql, params: values } = history(given);
    return { sql: given.groupBy === 'alert' ? sql : sums(given.groupBy, sql), params: values };
  },
  order: ({ groupBy }) => orderOf(groupBy),
  range: ({ from, to }) => ({ from, to }),
  summary: {
    initial: { rows: 0, alerts: 0, high: 0, open: 0, unsent: 0 },
    add: (sum, row) => ({
      rows: (sum['rows'] ?? 0) + 1,
      alerts: (sum['alerts'] ?? 0) + Number(row['alerts'] ?? 1),
      high:
        (sum['high'] ?? 0) +
        Number(row['high'] ?? ['high', 'critical'].includes(String(row['severity']))),
      open: (sum['open'] ?? 0) + Number(row['open'] ?? row['status'] === 'open'),
      unsent: (sum['unsent'] ?? 0) + Number(row['unsent'] ?? row['sent'] === 0),
    }),
  },
  conclude({ summary, whole }) {
    const { alerts = 0, high = 0, open = 0, unsent = 0 } = summary;
    if (alerts === 0) return 'Nothing was raised.';
    return `${whole ? '' : 'At least '}${counted(alerts, 'alert')}, ${high.toLocaleString('en-US')} of severity high or critical, ${open.toLocaleString('en-US')} open; ${unsent.toLocaleString('en-US')} of which no message told anybody.`;
  },
});

function orderOf(group: Group): OrderColumn[] {
  if (group === 'alert') {
    return [
      { column: 'firstDetectedAt', type: 'String', descending: true },
      { column: 'tenantId', type: 'String' },
      { column: 'alertId', type: 'String' },
    ];
  }
  if (group === 'day') return [{ column: 'day', type: 'String' }];
  return [
    { column: 'alerts', type: 'UInt64', descending: true },
    ...GROUPED[group].map((name): OrderColumn => ({ column: name, type: 'String' })),
  ];
}

const filtersOf = ({ tenant, key, owner, rule, severity, lane }: Params): Filter[] => [
  { column: 'tenant_id', param: 'tenant', values: tenant },
  { column: 'key_id', param: 'key', values: key },
  { column: 'owner', param: 'owner', values: owner },
  { column: 'rule', param: 'rule', values: rule },
  { column: 'lane', param: 'lane', values: lane },
  {
    column: 'severity',
    param: 'severity',
    values: severity === undefined ? undefined : SEVERITIES.slice(SEVERITIES.indexOf(severity)),
  },
];

function history(given: Params): SqlQuery {
  const filters = filtersOf(given);
  const { from, to } = given;
  const conditions = [
    ...(from === undefined ? [] : ["first_detected_at >= {from:DateTime64(3, 'UTC')}"]),
    ...(to === undefined ? [] : ["first_detected_at < {to:DateTime64(3, 'UTC')}"]),
    ...filterConditions(filters),
  ];
  return {
    sql: `SELECT ${iso('told.first_detected_at')} AS firstDetectedAt, told.severity AS severity, told.rule AS rule, told.tenant_id AS tenantId,
    told.key_id AS keyId, told.owner AS owner, told.lane AS lane, told.sentence AS sentence, told.tellings AS tellings,
    ${iso('told.last_detected_at')} AS lastDetectedAt, told.status AS status, told.acknowledged_by AS acknowledgedBy,
    ${iso('told.acknowledged_at')} AS acknowledgedAt, told.resolved_by AS resolvedBy, ${iso('told.resolved_at')} AS resolvedAt,
    told.status_why AS why, told.comments AS comments, delivered.sent AS sent, delivered.sent_to AS sentTo,
    if(delivered.sent = 0, NULL, ${iso('delivered.first_sent')}) AS firstSentAt, delivered.failed AS failed, told.alert_id AS alertId
FROM
(
SELECT *
FROM
(
SELECT *, ${OWNER} AS owner
FROM {{database}}.alerts
)${whereAll(conditions)}
) AS told
LEFT JOIN
(
SELECT alert_id, countIf(outcome = 'sent') AS sent, countIf(outcome = 'gave-up') AS failed, minIf(at, outcome = 'sent') AS first_sent,
    arrayStringConcat(arraySort(groupUniqArrayIf(10)(concat(channel, ' ', target), outcome = 'sent')), ', ') AS sent_to
FROM {{database}}.deliveries
GROUP BY alert_id
) AS delivered ON delivered.alert_id = told.alert_id`,
    params: {
      ...(from === undefined ? {} : { from: timeParam(from) }),
      ...(to === undefined ? {} : { to: timeParam(to) }),
      ...filterParams(filters),
    },
  };
}

function sums(group: Summed, alerts: string): string {
  const names = GROUPED[group].map((name) =>
    name === 'day'
      ? "concat(substring(raised.firstDetectedAt, 1, 10), 'T00:00:00.000Z') AS day"
      : name,
  );
  return `SELECT ${names.join(', ')}, count() AS alerts, countIf(severity IN ('high', 'critical')) AS high,
    uniqExact(raised.tenantId, raised.keyId) AS keys, countIf(status = 'open') AS open, countIf(sent = 0) AS unsent,
    min(raised.firstDetectedAt) AS firstDetectedAt, max(raised.lastDetectedAt) AS lastDetectedAt
FROM
(
${alerts}
) AS raised
GROUP BY ${GROUPED[group].join(', ')}`;
}
