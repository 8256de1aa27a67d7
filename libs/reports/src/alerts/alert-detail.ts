import type { AlertActionName, Delivery, Severity } from '@keywatch/events';
import { iso, type SqlQuery } from '../kit/sql.js';
import { ALERT_COLUMNS } from './alerts.query.js';

/** Rows of each kind that one answer holds at most; the latest. */
const MAX_OF_ONE_ALERT = 500;
/** Alerts of an id's beginning that are named where several have it. */
export const MAX_NAMED = 10;

/** One telling of an alert. Times are RFC 3339. */
export interface TellingRow {
  readonly eventId: string;
  readonly occurredAt: string;
  readonly detectedAt: string;
  readonly severity: Severity;
  readonly sentence: string;
}

/** What somebody did about an alert. */
export interface ActionRow {
  readonly id: string;
  readonly action: AlertActionName;
  readonly by: string;
  readonly at: string;
  readonly why: string;
  readonly severity: Severity;
}

/** One attempt to tell somebody. */
export interface DeliveryRow {
  readonly time: string;
  readonly channel: string;
  readonly target: string;
  readonly attempt: number;
  readonly outcome: Delivery['outcome'];
  readonly error: string;
}

/** A silence with its state now. Of the matchers an empty text means any. */
export interface SilenceRow {
  readonly silenceId: string;
  readonly status: 'coming' | 'active' | 'over';
  readonly rule: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly lane: string;
  readonly owner: string;
  readonly severityAtMost: Severity;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly by: string;
  readonly createdAt: string;
  readonly why: string;
  readonly endedBy: string;
  readonly endedAt: string | null;
  readonly endedWhy: string;
}

/** Alerts whose id begins so, as the list has them and with the `query` of their evidence. */
export function alertsNamed(beginning: string): SqlQuery {
  return {
    sql: `${ALERT_COLUMNS}, query
FROM {{database}}.alerts
WHERE startsWith(alert_id, {id:String})
ORDER BY alert_id
LIMIT ${MAX_NAMED + 1}`,
    params: { id: beginning },
  };
}

export interface AlertStoryQueries {
  readonly tellings: SqlQuery;
  readonly actions: SqlQuery;
  readonly deliveries: SqlQuery;
}

/** What was told of one alert, to whom, and what people did; each in order of time. */
export function alertStory(alertId: string): AlertStoryQueries {
  const params = { id: alertId };
  const latest = (columns: string, from: string, by: string): SqlQuery => ({
    sql: `SELECT * FROM
(
SELECT ${columns}
FROM {{database}}.${from}
WHERE alert_id = {id:String}
ORDER BY ${by} DESC, event_id DESC
LIMIT ${MAX_OF_ONE_ALERT}
)
ORDER BY ${by}, event_id`,
    params,
  });
  return {
    tellings: latest(
      `event_id, detected_at, event_id AS eventId, ${iso('occurred_at')} AS occurredAt, ${iso('detected_at')} AS detectedAt, severity, sentence`,
      'alert_events',
      'detected_at',
    ),
    actions: latest(
      `event_id, acted_at, event_id AS id, action, actor AS by, ${iso('acted_at')} AS at, why, severity`,
      'alert_actions',
      'acted_at',
    ),
    deliveries: latest(
      `event_id, at AS tried_at, ${iso('tried_at')} AS time, channel, target, attempt, outcome, error`,
      'deliveries',
      'tried_at',
    ),
  };
}

/** One deed by the id of its event. */
export function alertActionNamed(alertId: string, eventId: string): SqlQuery {
  return {
    sql: `SELECT event_id AS id, action, actor AS by, ${iso('acted_at')} AS at, why, severity
FROM {{database}}.alert_actions
WHERE alert_id = {alert:String} AND event_id = {id:String}
LIMIT 1`,
    params: { alert: alertId, id: eventId },
  };
}

const SILENCE_COLUMNS = `SELECT silence_id AS silenceId, status, rule, tenant_id AS tenantId, key_id AS keyId, lane, owner, severity AS severityAtMost,
    ${iso('starts_at')} AS startsAt, ${iso('silent_until')} AS endsAt, created_by AS by, ${iso('created_at')} AS createdAt, why,
    ended_by AS endedBy, ${iso('ended_at')} AS endedAt, ended_why AS endedWhy
FROM {{database}}.silences`;

/** Silences with these ids. */
export function silencesWithIds(ids: readonly string[]): SqlQuery {
  return {
    sql: `${SILENCE_COLUMNS}\nWHERE silence_id IN {ids:Array(String)}\nORDER BY startsAt, silenceId`,
    params: { ids },
  };
}

/** Silences whose id begins so; all where it is empty. Those that are over only if asked for. */
export function silencesNamed(beginning: string, withPast: boolean): SqlQuery {
  return {
    sql: `${SILENCE_COLUMNS}\nWHERE startsWith(silence_id, {id:String})${withPast ? '' : " AND status != 'over'"}\nORDER BY startsAt DESC, silenceId\nLIMIT 1000`,
    params: { id: beginning },
  };
}
