CREATE TABLE {{database}}.alert_event_intake
(
    kind Enum8('event' = 1, 'duplicate' = 2, 'dead-letter' = 3, 'range' = 4) COMMENT 'What this row is; each view takes the kinds it stores',
    topic String COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset; of a range its first',
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time stamped by Kafka; of a range that of its last message',
    identity UUID COMMENT '128-bit hash of tenant, source and id',
    body_crc UInt32 COMMENT 'CRC-32 of the message value',
    message_key String COMMENT 'Message key',
    event_id String COMMENT 'CloudEvents id',
    alert_id String COMMENT 'Id of the alert: the same under replay',
    fingerprint String COMMENT 'Groups the alerts of one ongoing trouble',
    source String COMMENT 'App that found it: detect or sweep',
    rule String COMMENT 'Rule id',
    rule_version UInt32 COMMENT 'Version of the rule',
    severity Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5) COMMENT 'Severity',
    tenant_id String COMMENT 'Tenant',
    lane String COMMENT 'live, or the name of one import',
    key_id String COMMENT 'Public name of the key',
    window String COMMENT 'What makes the alert one: a UTC day, a milestone',
    title String COMMENT 'Title',
    sentence String COMMENT 'What happened, for a person',
    occurred_at DateTime64(3, 'UTC') COMMENT 'Event time of what completed the finding',
    detected_at DateTime64(3, 'UTC') COMMENT 'Log time of that event; as-of time of a sweep',
    historical Bool COMMENT 'From an import of old logs; pages nobody',
    facts String COMMENT 'JSON: facts of the evidence',
    first_event_id String COMMENT 'First event of the evidence',
    last_event_id String COMMENT 'Last event of the evidence',
    owner_id String COMMENT 'Owner of the key',
    owner_email String COMMENT 'E-mail address of the owner',
    owner_team String COMMENT 'Team of the owner',
    data String COMMENT 'JSON: details of a dead letter or range'
)
ENGINE = Null
COMMENT 'Entrance for ranges of the alert-events topic';

CREATE MATERIALIZED VIEW {{database}}.event_ids_of_alert_events TO {{database}}.event_ids AS
SELECT topic, partition, offset, log_time, identity, body_crc, kind = 'duplicate' AS duplicate
FROM {{database}}.alert_event_intake
WHERE kind IN ('event', 'duplicate');

CREATE MATERIALIZED VIEW {{database}}.ranges_of_alert_events TO {{database}}.ranges AS
SELECT topic, partition, offset AS from_offset,
    JSONExtractUInt(data, 'to') AS to_offset,
    JSONExtractUInt(data, 'messages') AS messages,
    JSONExtractUInt(data, 'events') AS events,
    JSONExtractUInt(data, 'duplicates') AS duplicates,
    JSONExtractUInt(data, 'conflicts') AS conflicts,
    JSONExtractUInt(data, 'deadLetters') AS dead_letters,
    JSONExtractUInt(data, 'dropped') AS dropped,
    fromUnixTimestamp64Milli(JSONExtractInt(data, 'firstLogTimeMs'), 'UTC') AS first_log_time,
    log_time AS last_log_time,
    toUInt32(JSONExtractUInt(data, 'rowVersion')) AS row_version
FROM {{database}}.alert_event_intake
WHERE kind = 'range';

CREATE MATERIALIZED VIEW {{database}}.dead_letters_of_alert_events TO {{database}}.dead_letters AS
SELECT topic, partition, offset, log_time,
    JSONExtractString(data, 'reason') AS reason,
    JSONExtractString(data, 'error') AS error,
    message_key,
    JSONExtractString(data, 'payload') AS payload,
    JSONExtractUInt(data, 'bytes') AS payload_bytes
FROM {{database}}.alert_event_intake
WHERE kind = 'dead-letter';

CREATE TABLE {{database}}.alert_events
(
    topic LowCardinality(String) COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset',
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time',
    event_id String COMMENT 'Id of this telling: alert id and revision',
    alert_id String COMMENT 'Id of the alert: the same under replay',
    fingerprint String COMMENT 'Groups the alerts of one ongoing trouble',
    source LowCardinality(String) COMMENT 'App that found it: detect or sweep',
    rule LowCardinality(String) COMMENT 'Rule id',
    rule_version UInt32 COMMENT 'Version of the rule',
    severity Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5) COMMENT 'Severity',
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    lane LowCardinality(String) COMMENT 'live, or the name of one import',
    key_id String COMMENT 'Public name of the key',
    window String COMMENT 'What makes the alert one: a UTC day, a milestone',
    title String COMMENT 'Title',
    sentence String COMMENT 'What happened, for a person',
    occurred_at DateTime64(3, 'UTC') COMMENT 'Event time of what completed the finding',
    detected_at DateTime64(3, 'UTC') COMMENT 'Log time of that event; as-of time of a sweep',
    historical Bool COMMENT 'From an import of old logs; pages nobody',
    facts String COMMENT 'JSON: facts of the evidence',
    first_event_id String COMMENT 'First event of the evidence',
    last_event_id String COMMENT 'Last event of the evidence',
    owner_id String COMMENT 'Owner of the key',
    owner_email String COMMENT 'E-mail address of the owner',
    owner_team String COMMENT 'Team of the owner'
)
ENGINE = {{MergeTree}}
ORDER BY (tenant_id, alert_id, log_time)
TTL toDateTime(log_time) + INTERVAL 800 DAY
SETTINGS {{deduplication}}
COMMENT 'Every telling of every alert';

CREATE MATERIALIZED VIEW {{database}}.alert_events_view TO {{database}}.alert_events AS
SELECT topic, partition, offset, log_time, event_id, alert_id, fingerprint, source, rule, rule_version, severity, tenant_id, lane, key_id, window, title, sentence, occurred_at, detected_at, historical, facts, first_event_id, last_event_id, owner_id, owner_email, owner_team
FROM {{database}}.alert_event_intake
WHERE kind = 'event';

CREATE TABLE {{database}}.alert_state
(
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    alert_id String COMMENT 'Id of the alert: the same under replay',
    fingerprint String COMMENT 'Groups the alerts of one ongoing trouble',
    rule LowCardinality(String) COMMENT 'Rule id',
    lane LowCardinality(String) COMMENT 'live, or the name of one import',
    key_id String COMMENT 'Public name of the key',
    window String COMMENT 'What makes the alert one: a UTC day, a milestone',
    severity SimpleAggregateFunction(max, Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5)) COMMENT 'Highest severity told',
    first_occurred_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'Event time of the first telling',
    last_occurred_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Event time of the last telling',
    first_detected_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'When it was first detected',
    last_detected_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When it was last detected',
    tellings SimpleAggregateFunction(sum, UInt64) COMMENT 'How often it was told, with growing evidence',
    historical SimpleAggregateFunction(max, Bool) COMMENT 'From an import of old logs; pages nobody',
    latest AggregateFunction(argMax, Tuple(source String, rule_version UInt32, title String, sentence String, facts String, first_event_id String, last_event_id String, owner_id String, owner_email String, owner_team String), Tuple(UInt32, DateTime64(3, 'UTC'), UInt64)) COMMENT 'What the telling with the most evidence said, by (facts length, detected at, offset)'
)
ENGINE = {{AggregatingMergeTree}}
ORDER BY (tenant_id, alert_id, fingerprint, rule, lane, key_id, window)
SETTINGS {{deduplication}}
COMMENT 'Alerts, folded from their tellings';

CREATE MATERIALIZED VIEW {{database}}.alert_state_view TO {{database}}.alert_state AS
SELECT tenant_id, alert_id, fingerprint, rule, lane, key_id, window,
    max(severity) AS severity, min(occurred_at) AS first_occurred_at, max(occurred_at) AS last_occurred_at,
    min(detected_at) AS first_detected_at, max(detected_at) AS last_detected_at, count() AS tellings, max(historical) AS historical,
    argMaxState(
        CAST(tuple(source, rule_version, title, sentence, facts, first_event_id, last_event_id, owner_id, owner_email, owner_team),
            'Tuple(source String, rule_version UInt32, title String, sentence String, facts String, first_event_id String, last_event_id String, owner_id String, owner_email String, owner_team String)'),
        tuple(toUInt32(length(facts)), detected_at, offset)) AS latest
FROM {{database}}.alert_event_intake
WHERE kind = 'event'
GROUP BY tenant_id, alert_id, fingerprint, rule, lane, key_id, window;

CREATE VIEW {{database}}.alerts AS
SELECT tenant_id, alert_id, fingerprint, rule, lane, key_id, window,
    max(severity) AS severity, min(first_occurred_at) AS first_occurred_at, max(last_occurred_at) AS last_occurred_at,
    min(first_detected_at) AS first_detected_at, max(last_detected_at) AS last_detected_at,
    sum(tellings) AS tellings, max(historical) AS historical, argMaxMerge(latest) AS latest,
    latest.source AS source, latest.rule_version AS rule_version, latest.title AS title, latest.sentence AS sentence,
    latest.facts AS facts, latest.first_event_id AS first_event_id, latest.last_event_id AS last_event_id,
    latest.owner_id AS owner_id, latest.owner_email AS owner_email, latest.owner_team AS owner_team
FROM {{database}}.alert_state
GROUP BY tenant_id, alert_id, fingerprint, rule, lane, key_id, window;
