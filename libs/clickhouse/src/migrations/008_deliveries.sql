CREATE TABLE {{database}}.delivery_event_intake
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
    alert_id String COMMENT 'Alert that was told',
    rule String COMMENT 'Rule id',
    severity Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5) COMMENT 'Severity as it was told',
    tenant_id String COMMENT 'Tenant',
    channel String COMMENT 'Channel: log, webhook, email',
    target String COMMENT 'Where it went, without credentials',
    attempt UInt32 COMMENT 'Number of the attempt, from 1',
    outcome String COMMENT 'sent, retry or gave-up',
    status Int32 COMMENT 'Answer of the other side; 0: none',
    error String COMMENT 'What went wrong',
    at DateTime64(3, 'UTC') COMMENT 'When it was tried',
    data String COMMENT 'JSON: details of a dead letter or range'
)
ENGINE = Null
COMMENT 'Entrance for ranges of the delivery-events topic';

CREATE MATERIALIZED VIEW {{database}}.event_ids_of_delivery_events TO {{database}}.event_ids AS
SELECT topic, partition, offset, log_time, identity, body_crc, kind = 'duplicate' AS duplicate
FROM {{database}}.delivery_event_intake
WHERE kind IN ('event', 'duplicate');

CREATE MATERIALIZED VIEW {{database}}.ranges_of_delivery_events TO {{database}}.ranges AS
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
FROM {{database}}.delivery_event_intake
WHERE kind = 'range';

CREATE MATERIALIZED VIEW {{database}}.dead_letters_of_delivery_events TO {{database}}.dead_letters AS
SELECT topic, partition, offset, log_time,
    JSONExtractString(data, 'reason') AS reason,
    JSONExtractString(data, 'error') AS error,
    message_key,
    JSONExtractString(data, 'payload') AS payload,
    JSONExtractUInt(data, 'bytes') AS payload_bytes
FROM {{database}}.delivery_event_intake
WHERE kind = 'dead-letter';

CREATE TABLE {{database}}.deliveries
(
    topic LowCardinality(String) COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset',
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time',
    event_id String COMMENT 'Id of the attempt',
    alert_id String COMMENT 'Alert that was told',
    rule LowCardinality(String) COMMENT 'Rule id',
    severity Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5) COMMENT 'Severity as it was told',
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    channel LowCardinality(String) COMMENT 'Channel: log, webhook, email',
    target String COMMENT 'Where it went, without credentials',
    attempt UInt32 COMMENT 'Number of the attempt, from 1',
    outcome LowCardinality(String) COMMENT 'sent, retry or gave-up',
    status Int32 COMMENT 'Answer of the other side; 0: none',
    error String COMMENT 'What went wrong',
    at DateTime64(3, 'UTC') COMMENT 'When it was tried'
)
ENGINE = {{MergeTree}}
ORDER BY (alert_id, at)
TTL toDateTime(log_time) + INTERVAL 400 DAY
SETTINGS {{deduplication}}
COMMENT 'Every attempt to tell somebody of an alert';

CREATE MATERIALIZED VIEW {{database}}.deliveries_view TO {{database}}.deliveries AS
SELECT topic, partition, offset, log_time, event_id, alert_id, rule, severity, tenant_id, channel, target, attempt, outcome, status, error, at
FROM {{database}}.delivery_event_intake
WHERE kind = 'event';
