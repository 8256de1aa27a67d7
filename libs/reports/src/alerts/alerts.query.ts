import { ALERT_STATUSES } from '@keywatch/alerting';
import { SEVERITIES } from '@keywatch/events';
import { z } from 'zod';
import { column, detail, isoTime } from '../kit/columns.js';
import { anyOf, flag, instant, oneOf, someOf } from '../kit/params.js';
import { defineReport } from '../kit/report.js';
import {
  filterConditions,
  filterParams,
  iso,
  timeParam,
  whereAll,
  type Filter,
} from '../kit/sql.js';
import { counted } from '../kit/words.js';

const text = z.string();
const count = z.int().min(0);

/** An alert as its tellings add up, with what the telling with the most evidence said. */
export const ALERT_ROW = z.strictObject({
  alertId: column(text, 'Alert', 'Id of the alert: the same under replay'),
  fingerprint: detail(column(text, 'Fingerprint', 'Groups the alerts of one ongoing trouble')),
  rule: column(text, 'Rule', 'Rule or sweep that found it'),
  ruleVersion: detail(column(count, 'Rule version', 'Version of the rule')),
  severity: column(z.enum(SEVERITIES), 'Severity', 'Highest severity told'),
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  lane: detail(column(text, 'Lane', 'live, or the name of one import')),
  keyId: column(text, 'Key', 'Public name of the key'),
  window: detail(column(text, 'Window', 'What makes the alert one: a UTC day, a milestone')),
  title: column(text, 'Title', 'What it is'),
  sentence: column(text, 'Sentence', 'What happened'),
  firstOccurredAt: column(isoTime, 'First occurred', 'Event time of the first telling'),
  lastOccurredAt: column(isoTime, 'Last occurred', 'Event time of the last telling'),
  firstDetectedAt: detail(column(isoTime, 'First detected', 'When it was first detected')),
  lastDetectedAt: detail(column(isoTime, 'Last detected', 'When it was last detected')),
  tellings: column(count, 'Tellings', 'How often it was told, with growing evidence', 'times'),
  historical: detail(column(z.boolean(), 'Historical', 'From an import of old logs; pages nobody')),
  source: detail(column(text, 'Found by', 'App that found it: detect or sweep')),
  facts: detail(column(z.record(z.string(), z.unknown()), 'Facts', 'Facts of the evidence')),
  firstEventId: detail(
    column(text, 'First event', 'First event of the evidence; empty: none named'),
  ),
  lastEventId: detail(column(text, 'Last event', 'Last event of the evidence; empty: none named')),
  ownerId: detail(column(text, 'Owner', 'Owner of the key; empty: unknown')),
  ownerEmail: column(text, 'E-mail', 'E-mail address of the owner; empty: unknown'),
  ownerTeam: detail(column(text, 'Team', 'Team of the owner; empty: unknown')),
  status: column(
    z.enum(ALERT_STATUSES),
    'Status',
    'open, acknowledged or resolved; open again once it is more severe than it was then',
  ),
  statusWhy: detail(column(text, 'Why', 'Why it was acknowledged or resolved; empty: it is open')),
  acknowledgedBy: column(text, 'Acknowledged by', 'Who acknowledged it; empty: nobody'),
  acknowledgedAt: detail(column(isoTime.nullable(), 'Acknowledged', 'When it was acknowledged')),
  resolvedBy: column(text, 'Resolved by', 'Who resolved it; empty: nobody'),
  resolvedAt: detail(column(isoTime.nullable(), 'Resolved', 'When it was resolved')),
  comments: detail(column(count, 'Comments', 'How many comments there are', 'comments')),
  silencedBy: detail(
    column(
      text,
      'Silenced by',
      'Ids of the silences that hold now and cover it, joined by commas; empty: none',
    ),
  ),
});

const params = {
  since: instant('Alerts last detected at this time or later').optional(),
  until: instant('Alerts first detected before this time').optional(),
  rule: anyOf('Only these rules').optional(),
  severity: oneOf(SEVERITIES, 'Least severity').optional(),
  tenant: anyOf('Only these tenants').optional(),
  key: anyOf('Only these keys').optional(),
  lane: anyOf('Only these lanes: live, or names of imports').optional(),
  status: someOf(ALERT_STATUSES, 'Only alerts with this status').optional(),
  silenced: flag(
    'Only alerts that a silence covers now (true), or only the others (false)',
  ).optional(),
  historical: flag('Only alerts from imports (true), or only the others (false)').optional(),
};
type Params = z.output<z.ZodObject<typeof params, z.core.$strict>>;

/** The list of alerts, asked and paged like a report. */
export const alertsQuery = defineReport<typeof params, 'alert'>({
  id: 'alerts',
  title: 'Alerts',
  question: 'What was raised?',
  about:
    'Alerts, the last detected first. With `since` and `until`: those told at least once in between, or whose tellings lie around it.',
  topics: ['alertEvents'],
  tellsAlerts: true,
  params,
  rows: { alert: ALERT_ROW },
  shapeOf: () => 'alert',
  toSQL(given) {
    const filters = filtersOf(given);
    const { since, until, historical, silenced } = given;
    const conditions = [
      ...(since === undefined ? [] : ["last_detected_at >= {since:DateTime64(3, 'UTC')}"]),
      ...(until === undefined ? [] : ["first_detected_at < {until:DateTime64(3, 'UTC')}"]),
      ...(historical === undefined ? [] : [historical ? 'historical' : 'NOT historical']),
      ...(silenced === undefined
        ? []
        : [silenced ? 'notEmpty(silenced_by)' : 'empty(silenced_by)']),
      ...filterConditions(filters),
    ];
    return {
      sql: `${ALERT_COLUMNS}\nFROM {{database}}.alerts${whereAll(conditions)}`,
      params: {
        ...(since === undefined ? {} : { since: timeParam(since) }),
        ...(until === undefined ? {} : { until: timeParam(until) }),
        ...filterParams(filters),
      },
    };
  },
  order: () => [
    { column: 'lastDetectedAt', type: 'String', descending: true },
    { column: 'tenantId', type: 'String' },
    { column: 'alertId', type: 'String' },
  ],
  range: ({ since, until }) => ({ from: since, to: until }),
  read: (row) => ({ ...row, facts: factsOf(row['facts']) }),
  summary: {
    initial: { rows: 0 },
    add: (sum) => ({ rows: (sum['rows'] ?? 0) + 1 }),
  },
  conclude: ({ summary: { rows = 0 } }) =>
    rows < 2 ? null : `${counted(rows, 'alert')}, the last detected first.`,
});

/** Columns of `alerts` as an alert's row has them. */
export const ALERT_COLUMNS = `SELECT alert_id AS alertId, fingerprint, rule, rule_version AS ruleVersion, severity, tenant_id AS tenantId, lane,
    key_id AS keyId, window, title, sentence,
    ${iso('first_occurred_at')} AS firstOccurredAt, ${iso('last_occurred_at')} AS lastOccurredAt,
    ${iso('first_detected_at')} AS firstDetectedAt, ${iso('last_detected_at')} AS lastDetectedAt,
    tellings, toBool(historical) AS historical, source, facts, first_event_id AS firstEventId, last_event_id AS lastEventId,
    owner_id AS ownerId, owner_email AS ownerEmail, owner_team AS ownerTeam,
    status, status_why AS statusWhy, acknowledged_by AS acknowledgedBy, ${iso('acknowledged_at')} AS acknowledgedAt,
    resolved_by AS resolvedBy, ${iso('resolved_at')} AS resolvedAt, comments, arrayStringConcat(silenced_by, ',') AS silencedBy`;

const filtersOf = ({ rule, severity, tenant, key, lane, status }: Params): Filter[] => [
  { column: 'rule', param: 'rule', values: rule },
  {
    column: 'severity',
    param: 'severity',
    values: severity === undefined ? undefined : SEVERITIES.slice(SEVERITIES.indexOf(severity)),
  },
  { column: 'tenant_id', param: 'tenant', values: tenant },
  { column: 'key_id', param: 'key', values: key },
  { column: 'lane', param: 'lane', values: lane },
  { column: 'status', param: 'status', values: status },
];

/** Facts are written by our own encoder; what isn't an object is shown beside its name rather than hidden. */
export function factsOf(facts: unknown): Record<string, unknown> {
  if (typeof facts !== 'string' || facts === '') return {};
  try {
    const parsed: unknown = JSON.parse(facts);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>;
    }
  } catch {
    // Falls through to the text as it is.
  }
  return { unreadable: facts };
}
