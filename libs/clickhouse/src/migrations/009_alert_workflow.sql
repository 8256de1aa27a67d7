-- What people do with alerts (acknowledge, resolve, reopen, comment), silences, and the query of an alert's evidence. The
-- views of 007 stay as they are: a view that changes would give rows other deduplication ids. New rows go to new tables.
ALTER TABLE {{database}}.alert_event_intake
    MODIFY COLUMN kind Enum8('event' = 1, 'duplicate' = 2, 'dead-letter' = 3, 'range' = 4, 'action' = 5) COMMENT 'What this row is; each view takes the kinds it stores',
    ADD COLUMN IF NOT EXISTS query String COMMENT 'SQL that gives the rows the alert rests on',
    ADD COLUMN IF NOT EXISTS action String COMMENT 'What was done: acknowledged, resolved, reopened, commented, silence-created or silence-ended',
    ADD COLUMN IF NOT EXISTS silence_id String COMMENT 'Silence that was created or ended',
    ADD COLUMN IF NOT EXISTS actor String COMMENT 'Who did it',
    ADD COLUMN IF NOT EXISTS why String COMMENT 'Why, in the words of who did it',
    ADD COLUMN IF NOT EXISTS acted_at DateTime64(3, 'UTC') COMMENT 'When it was done',
    ADD COLUMN IF NOT EXISTS starts_at DateTime64(3, 'UTC') COMMENT 'First moment of a silence',
    ADD COLUMN IF NOT EXISTS ends_at DateTime64(3, 'UTC') COMMENT 'Moment at which a silence is over';

CREATE TABLE {{database}}.alert_evidence
(
    topic LowCardinality(String) COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset',
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time',
    event_id String COMMENT 'Id of the telling: alert id and revision',
    alert_id String COMMENT 'Id of the alert: the same under replay',
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    detected_at DateTime64(3, 'UTC') COMMENT 'Log time of what completed the finding; as-of time of a sweep',
    facts_length UInt32 COMMENT 'Length of the facts: the telling with the most evidence has the longest',
    query String COMMENT 'SQL over the views for people that gives the rows the telling rests on; empty: none was told'
)
ENGINE = {{MergeTree}}
ORDER BY (tenant_id, alert_id, log_time)
TTL toDateTime(log_time) + INTERVAL 800 DAY
SETTINGS {{deduplication}}
COMMENT 'The query of every telling of every alert, beside alert_events';

CREATE MATERIALIZED VIEW {{database}}.alert_evidence_view TO {{database}}.alert_evidence AS
SELECT topic, partition, offset, log_time, event_id, alert_id, tenant_id, detected_at, toUInt32(length(facts)) AS facts_length, query
FROM {{database}}.alert_event_intake
WHERE kind = 'event';

CREATE TABLE {{database}}.alert_actions
(
    topic LowCardinality(String) COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset',
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time',
    event_id String COMMENT 'CloudEvents id of the action',
    action LowCardinality(String) COMMENT 'acknowledged, resolved, reopened, commented, silence-created or silence-ended',
    alert_id String COMMENT 'Alert that it is about; empty: a silence',
    silence_id String COMMENT 'Silence that it is about; empty: an alert',
    actor String COMMENT 'Who did it',
    acted_at DateTime64(3, 'UTC') COMMENT 'When it was done',
    why String COMMENT 'Why, in the words of who did it',
    severity Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5) COMMENT 'Severity of the alert as it was then; of a silence the highest that it covers',
    rule LowCardinality(String) COMMENT 'Rule; of a silence the one it covers, empty: any',
    tenant_id LowCardinality(String) COMMENT 'Tenant; of a silence the one it covers, empty: any',
    lane LowCardinality(String) COMMENT 'Lane; of a silence the one it covers, empty: any',
    key_id String COMMENT 'Key; of a silence the one it covers, empty: any',
    owner String COMMENT 'Of a silence: id, e-mail address or team of the owner it covers, empty: any',
    starts_at DateTime64(3, 'UTC') COMMENT 'First moment of the silence',
    ends_at DateTime64(3, 'UTC') COMMENT 'Moment at which the silence is over'
)
ENGINE = {{MergeTree}}
ORDER BY (alert_id, silence_id, acted_at)
SETTINGS {{deduplication}}
COMMENT 'What people did with alerts and silences: who, when, what, why. Kept for good';

CREATE MATERIALIZED VIEW {{database}}.alert_actions_view TO {{database}}.alert_actions AS
SELECT topic, partition, offset, log_time, event_id, action, alert_id, silence_id, actor, acted_at, why, severity, rule, tenant_id, lane, key_id, owner_id AS owner, starts_at, ends_at
FROM {{database}}.alert_event_intake
WHERE kind = 'action';

CREATE MATERIALIZED VIEW {{database}}.event_ids_of_alert_actions TO {{database}}.event_ids AS
SELECT topic, partition, offset, log_time, identity, body_crc, false AS duplicate
FROM {{database}}.alert_event_intake
WHERE kind = 'action';

CREATE VIEW {{database}}.silences AS
SELECT silence_id, created.3 AS rule, created.4 AS tenant_id, created.5 AS key_id, created.6 AS lane, created.7 AS owner,
    created.8 AS severity, created.9 AS created_by, created.1 AS created_at, created.10 AS why,
    created.11 AS starts_at, created.12 AS ends_at,
    if(was_ended, ended.3, '') AS ended_by, if(was_ended, ended.1, NULL) AS ended_at, if(was_ended, ended.4, '') AS ended_why,
    if(was_ended AND ended.1 < created.12, ended.1, created.12) AS silent_until,
    multiIf(now64(3) >= silent_until, 'over', now64(3) < starts_at, 'coming', 'active') AS status
FROM
(
    SELECT silence_id, countIf(action = 'silence-created') > 0 AS was_created, countIf(action = 'silence-ended') > 0 AS was_ended,
        maxIf(tuple(acted_at, event_id, toString(rule), toString(tenant_id), key_id, toString(lane), owner, severity, actor, why, starts_at, ends_at), action = 'silence-created') AS created,
        minIf(tuple(acted_at, event_id, actor, why), action = 'silence-ended') AS ended
    FROM {{database}}.alert_actions
    WHERE silence_id != ''
    GROUP BY silence_id
)
WHERE was_created;

CREATE VIEW {{database}}.alert_handling AS
SELECT tenant_id, alert_id,
    maxIf(tuple(acted_at, event_id, actor, why), action = 'acknowledged') AS acknowledgement,
    maxIf(tuple(acted_at, event_id, actor, why), action = 'resolved') AS resolution,
    maxIf(tuple(acted_at, event_id, actor, why), action = 'reopened') AS reopening,
    maxIf(tuple(acted_at, event_id, toString(action), severity), action IN ('acknowledged', 'resolved', 'reopened')) AS latest_action,
    countIf(action = 'commented') AS comments, max(acted_at) AS last_acted_at
FROM {{database}}.alert_actions
WHERE alert_id != ''
GROUP BY tenant_id, alert_id;

CREATE OR REPLACE VIEW {{database}}.alerts AS
WITH
(
    SELECT groupArray(tuple(silence_id, rule, tenant_id, key_id, lane, owner, severity))
    FROM {{database}}.silences
    WHERE status = 'active'
) AS active_silences
SELECT t.tenant_id AS tenant_id, t.alert_id AS alert_id, t.fingerprint AS fingerprint, t.rule AS rule, t.lane AS lane, t.key_id AS key_id, t.window AS window,
    t.severity AS severity, t.first_occurred_at AS first_occurred_at, t.last_occurred_at AS last_occurred_at,
    t.first_detected_at AS first_detected_at, t.last_detected_at AS last_detected_at, t.tellings AS tellings, t.historical AS historical,
    t.latest AS latest, latest.source AS source, latest.rule_version AS rule_version, latest.title AS title, latest.sentence AS sentence,
    latest.facts AS facts, latest.first_event_id AS first_event_id, latest.last_event_id AS last_event_id,
    latest.owner_id AS owner_id, latest.owner_email AS owner_email, latest.owner_team AS owner_team,
    e.query AS query, concat('docs/runbooks/', rule, '.md') AS runbook,
    multiIf(h.latest_action.4 < severity, 'open', h.latest_action.3 = 'acknowledged', 'acknowledged', h.latest_action.3 = 'resolved', 'resolved', 'open') AS status,
    status != 'open' AND tuple(h.acknowledgement.1, h.acknowledgement.2) > tuple(h.reopening.1, h.reopening.2) AS is_acknowledged,
    if(is_acknowledged, h.acknowledgement.3, '') AS acknowledged_by,
    if(is_acknowledged, h.acknowledgement.1, NULL) AS acknowledged_at,
    if(status = 'resolved', h.resolution.3, '') AS resolved_by,
    if(status = 'resolved', h.resolution.1, NULL) AS resolved_at,
    multiIf(status = 'resolved', h.resolution.4, status = 'acknowledged', h.acknowledgement.4, '') AS status_why,
    h.comments AS comments,
    arrayMap(s -> s.1, arrayFilter(s -> s.2 IN ('', rule) AND s.3 IN ('', tenant_id) AND s.4 IN ('', key_id) AND s.5 IN ('', lane)
        AND s.6 IN ('', owner_id, owner_email, owner_team) AND severity <= s.7, active_silences)) AS silenced_by
FROM
(
    SELECT tenant_id, alert_id, fingerprint, rule, lane, key_id, window,
        max(severity) AS severity, min(first_occurred_at) AS first_occurred_at, max(last_occurred_at) AS last_occurred_at,
        min(first_detected_at) AS first_detected_at, max(last_detected_at) AS last_detected_at,
        sum(tellings) AS tellings, max(historical) AS historical, argMaxMerge(latest) AS latest
    FROM {{database}}.alert_state
    GROUP BY tenant_id, alert_id, fingerprint, rule, lane, key_id, window
) AS t
LEFT JOIN
(
    SELECT tenant_id, alert_id, argMax(query, tuple(facts_length, detected_at, offset)) AS query
    FROM {{database}}.alert_evidence
    GROUP BY tenant_id, alert_id
) AS e ON e.tenant_id = t.tenant_id AND e.alert_id = t.alert_id
LEFT JOIN {{database}}.alert_handling AS h ON h.tenant_id = t.tenant_id AND h.alert_id = t.alert_id;
