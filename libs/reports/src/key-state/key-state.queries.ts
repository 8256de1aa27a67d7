import { timeParam, type SqlParams, type SqlQuery } from '../kit/sql.js';
import type { KeyStateQuestion } from './key-state.params.js';

/** Changes of one key that are read at most: far beyond what a key lives through. */
export const MAX_CHANGES = 20_000;
const MAX_ALERTS = 1_000;

const AT = "{at:DateTime64(3, 'UTC')}";
const KNOWN_AT = "{knownAt:DateTime64(3, 'UTC')}";
const REQUEST = "'keywatch.key.request-made.v1'";

export interface KeyStateQueries {
  readonly changes: SqlQuery;
  readonly use: SqlQuery;
  readonly alerts: SqlQuery;
  /** What the folds keep longer than raw events are kept; none where only what had arrived by a time counts. */
  readonly kept: SqlQuery | undefined;
}

/** The questions behind the state of a key at a time. */
export function keyStateQueries(question: KeyStateQuestion): KeyStateQueries {
  const { key, atMs, knownAtMs, tenants, lanes } = question;
  const params: SqlParams = {
    key,
    at: timeParam(atMs),
    ...(knownAtMs === undefined ? {} : { knownAt: timeParam(knownAtMs) }),
    ...(tenants === undefined ? {} : { tenants }),
    ...(lanes === undefined ? {} : { lanes }),
  };
  const ofKey = (laned: boolean): string =>
    [
      'key_id = {key:String}',
      ...(tenants === undefined ? [] : ['tenant_id IN {tenants:Array(String)}']),
      ...(lanes === undefined || !laned ? [] : ['lane IN {lanes:Array(String)}']),
    ].join(' AND ');
  const arrived = knownAtMs === undefined ? '' : ` AND log_time <= ${KNOWN_AT}`;
  return {
    changes: {
      sql: `SELECT tenant_id AS tenantId, type, source, lane, event_id AS eventId, time_text AS timeText,
    toUnixTimestamp64Milli(filed_time) AS atMs, toUnixTimestamp64Milli(log_time) AS receivedMs, data
FROM {{database}}.key_events
WHERE ${ofKey(true)} AND type != ${REQUEST} AND filed_time <= ${AT}${arrived}
ORDER BY filed_time, event_id
LIMIT ${MAX_CHANGES}`,
      params,
    },
    use: { sql: useSql(ofKey(true), arrived), params },
    alerts: { sql: alertsSql(ofKey(true), ofKey(true), arrived), params },
    kept:
      knownAtMs === undefined && lanes === undefined
        ? {
            sql: `SELECT tenant_id AS tenantId, ${[
              'created_at',
              'last_rotated_at',
              'revoked_at',
              'leak_reported_at',
            ]
              .map(
                (column) =>
                  `toUnixTimestamp64Milli(if(k.${column} <= ${AT}, k.${column}, NULL)) AS ${column}`,
              )
              .join(', ')}
FROM {{database}}.keys AS k
WHERE ${ofKey(false)}`,
            params,
          }
        : undefined,
  };
}

/** Whole hours from the sums, the hour of the time from raw events; arrival is known of raw events only. */
function useSql(ofKey: string, arrived: string): string {
  const raw = (
    from: string,
  ): string => `SELECT tenant_id, count() AS n, min(filed_time) AS first, max(filed_time) AS last
    FROM {{database}}.key_events
    WHERE ${ofKey} AND type = ${REQUEST} AND filed_time <= ${AT}${from}${arrived}
    GROUP BY tenant_id`;
  const source =
    arrived !== ''
      ? raw('')
      : `SELECT tenant_id, sum(requests) AS n, min(first_used) AS first, max(last_used) AS last
    FROM {{database}}.usage_1h
    WHERE ${ofKey} AND bucket < toStartOfHour(${AT})
    GROUP BY tenant_id
    UNION ALL
    ${raw(` AND filed_time >= toStartOfHour(${AT})`)}`;
  return `SELECT tenant_id AS tenantId, sum(n) AS requests, toUnixTimestamp64Milli(min(first)) AS firstUsedMs,
    toUnixTimestamp64Milli(max(last)) AS lastUsedMs
FROM
(
    ${source}
)
GROUP BY tenant_id`;
}

/** Alerts told by then and not resolved by then; open again where they have become more severe since. */
function alertsSql(ofTelling: string, ofAction: string, arrived: string): string {
  return `SELECT t.tenant_id AS tenantId, t.alert_id AS alertId, t.rule AS rule, t.title AS title, t.sentence AS sentence,
    t.severity AS severity, toUnixTimestamp64Milli(t.detected_at) AS detectedMs,
    multiIf(a.latest.2 < severity, 'open', a.latest.1 = 'acknowledged', 'acknowledged', a.latest.1 = 'resolved', 'resolved', 'open') AS status
FROM
(
    SELECT tenant_id, alert_id, any(rule) AS rule, argMax(title, (e.detected_at, offset)) AS title,
        argMax(sentence, (e.detected_at, offset)) AS sentence, max(e.severity) AS severity, min(e.detected_at) AS detected_at
    FROM {{database}}.alert_events AS e
    WHERE ${ofTelling} AND e.detected_at <= ${AT}${arrived}
    GROUP BY tenant_id, alert_id
) AS t
LEFT JOIN
(
    SELECT tenant_id, alert_id, argMax(tuple(toString(action), severity), tuple(acted_at, event_id)) AS latest
    FROM {{database}}.alert_actions
    WHERE ${ofAction} AND alert_id != '' AND action IN ('acknowledged', 'resolved', 'reopened') AND acted_at <= ${AT}${arrived}
    GROUP BY tenant_id, alert_id
) AS a ON a.tenant_id = t.tenant_id AND a.alert_id = t.alert_id
WHERE status != 'resolved'
ORDER BY detectedMs, alertId
LIMIT ${MAX_ALERTS}`;
}
