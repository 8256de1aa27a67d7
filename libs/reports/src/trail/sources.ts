import { iso } from '../kit/sql.js';

// Where the entries of an audit trail come from. Each gives: at (DateTime64(3)), tenant_id, key_id, rank (the order of
// entries of one moment), what, who, detail, severity, source, id, arrived (Nullable(DateTime64(3))). `where` is text
// that begins with AND, on tenant_id and key_id.

const text = (...path: string[]): string =>
  `JSONExtractString(data, ${path.map((name) => `'${name}'`).join(', ')})`;

/** `label value` where there is a value. */
const labelled = (label: string, value: string): string =>
  `if(${value} = '', '', concat('${label} ', ${value}))`;

const joined = (parts: readonly string[]): string =>
  `arrayStringConcat(arrayFilter(part -> part != '', [${parts.join(', ')}]), ', ')`;

const NUMBER = "toString(JSONExtractUInt(data, 'secretVersion'))";

/** What happened to a key itself. */
export function lifecycle(where: string): string {
  return `SELECT filed_time AS at, tenant_id, key_id, toUInt64(1) AS rank,
    replaceRegexpOne(type, '^keywatch\\\\.key\\\\.(.+)\\\\.v1$', '\\\\1') AS what,
    multiIf(what = 'created', ${text('createdBy')}, what = 'rotated', ${text('rotatedBy')}, what = 'leak-reported', ${text('reporter')}, ${text('by')}) AS who,
    multiIf(
        what = 'created', ${joined([
          labelled('name', text('name')),
          labelled('owner', text('owner', 'email')),
          labelled('plan', text('plan')),
          labelled('environment', text('environment')),
          text('kind'),
          labelled('expires', text('expiresAt')),
        ])},
        what = 'rotated', ${joined([
          `if(JSONHas(data, 'secretVersion'), concat('secret version ', ${NUMBER}), '')`,
          labelled('old secret works until', text('graceEndsAt')),
          text('reason'),
        ])},
        what = 'leak-reported', ${joined([text('url'), labelled('exposed', text('exposedAt'))])},
        ${text('reason')}) AS detail,
    '' AS severity, toString(source) AS source, event_id AS id, toNullable(log_time) AS arrived
FROM {{database}}.key_events
WHERE type != 'keywatch.key.request-made.v1'${where}`;
}

const CALLER =
  "concat(if(user_agent = '', 'unknown agent', user_agent), ' from ', if(address_block = '', 'unknown address', address_block))";

/** First and last use by each caller, as far as is known now. */
export function uses(which: 'first' | 'last', where: string): string {
  return `SELECT ${which}_call AS at, tenant_id, key_id, toUInt64(${which === 'first' ? 2 : 3}) AS rank, '${which}-use' AS what, ${CALLER} AS who,
    concat(if(environment = '', 'unknown environment', concat('environment ', environment)), ', ', toString(calls), if(calls = 1, ' request', ' requests'),
        if(failed = 0, '', concat(', ', toString(failed), ' failed'))) AS detail,
    '' AS severity, '' AS source, lower(hex(sipHash128(tenant_id, key_id, environment, address_block, user_agent))) AS id,
    CAST(NULL, 'Nullable(DateTime64(3, \\'UTC\\'))') AS arrived
FROM
(
SELECT tenant_id, key_id, toString(environment) AS environment, address_block, user_agent, sum(requests) AS calls, sum(errors) AS failed,
    min(first_used) AS first_call, max(last_used) AS last_call
FROM {{database}}.callers
WHERE true${where}
GROUP BY tenant_id, key_id, environment, address_block, user_agent
)${which === 'last' ? '\nWHERE last_call > first_call' : ''}`;
}

/** Tellings of alerts; the first of each raised it. */
export function alerts(where: string): string {
  return `SELECT detected_at AS at, tenant_id, key_id, toUInt64(4) AS rank, if(nth = 1, 'alert-raised', 'alert-repeated') AS what,
    concat(rule, ' (', source_app, ')') AS who, concat(sentence, if(historical, ' (from an import)', '')) AS detail, toString(level) AS severity,
    source_app AS source, event_id AS id, toNullable(log_time) AS arrived
FROM
(
SELECT detected_at, tenant_id, key_id, toString(rule) AS rule, toString(source) AS source_app, sentence, severity AS level, event_id, log_time, historical,
    row_number() OVER (PARTITION BY tenant_id, alert_id ORDER BY detected_at, log_time, event_id) AS nth
FROM {{database}}.alert_events
WHERE true${where}
)`;
}

const KEY_OF_ALERT = `LEFT ANY JOIN
(
SELECT alert_id, any(key_id) AS of_key
FROM {{database}}.alert_state
GROUP BY alert_id
) AS of_alert USING (alert_id)`;

/** What people did about alerts, and silences. */
export function actions(where: string): string {
  return `SELECT acted_at AS at, tenant_id, key_id, toUInt64(5) AS rank, if(silence_id = '', concat('alert-', action), toString(action)) AS what, actor AS who,
    concat(if(rule = '', 'any rule', toString(rule)), if(why = '', '', concat(': ', why)),
        if(action = 'silence-created', concat(', until ', ${iso('ends_at')}), '')) AS detail,
    '' AS severity, '' AS source, event_id AS id, toNullable(log_time) AS arrived
FROM {{database}}.alert_actions
WHERE true${where}`;
}

/** Attempts to tell people. The key is that of the alert; a message to an owner about several keys has none. */
export function deliveries(where: string): string {
  return `SELECT at, tenant_id, key_id, toUInt64(6) AS rank, concat('delivery-', outcome) AS what, 'notify' AS who,
    concat(rule, ' to ', channel, ' ', target, ', attempt ', toString(attempt), if(error = '', '', concat(': ', error))) AS detail,
    toString(told_severity) AS severity, '' AS source, id, toNullable(arrived_at) AS arrived
FROM
(
SELECT attempts.at AS at, attempts.tenant_id AS tenant_id, of_alert.of_key AS key_id, attempts.outcome AS outcome, attempts.rule AS rule,
    attempts.channel AS channel, attempts.target AS target, attempts.attempt AS attempt, attempts.error AS error, attempts.severity AS told_severity,
    attempts.event_id AS id, attempts.log_time AS arrived_at
FROM {{database}}.deliveries AS attempts
${KEY_OF_ALERT}
)
WHERE true${where}`;
}
