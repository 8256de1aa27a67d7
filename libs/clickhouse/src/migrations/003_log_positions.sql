CREATE TABLE {{database}}.event_ids
(
    topic LowCardinality(String) COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset' CODEC(Delta, ZSTD),
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time' CODEC(Delta, ZSTD),
    identity UUID COMMENT '128-bit hash of tenant, source and id',
    body_crc UInt32 COMMENT 'CRC-32 of the message value: the same identity with another body is a conflict',
    duplicate Bool COMMENT 'Whether the message was dropped as a duplicate'
)
ENGINE = {{MergeTree}}
PARTITION BY toYYYYMM(log_time)
ORDER BY (topic, partition, offset)
TTL toDateTime(log_time) + INTERVAL 35 DAY
SETTINGS {{deduplication}}
COMMENT 'Identity of every message, duplicates included: warms the set that recognises duplicates';

CREATE MATERIALIZED VIEW {{database}}.event_ids_of_key_events TO {{database}}.event_ids AS
SELECT topic, partition, offset, log_time, identity, body_crc, kind = 'duplicate' AS duplicate
FROM {{database}}.key_event_intake
WHERE kind IN ('event', 'duplicate');

CREATE TABLE {{database}}.ranges
(
    topic LowCardinality(String) COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    from_offset UInt64 COMMENT 'First offset of the range',
    to_offset UInt64 COMMENT 'Offset after the last of the range',
    messages UInt64 COMMENT 'Messages in the range; offsets taken by control records are none',
    events UInt64 COMMENT 'Rows written as events',
    duplicates UInt64 COMMENT 'Messages dropped as duplicates',
    conflicts UInt64 COMMENT 'Duplicates whose body differs from the first',
    dead_letters UInt64 COMMENT 'Messages that can not be events',
    dropped UInt64 COMMENT 'Messages left out on purpose',
    first_log_time DateTime64(3, 'UTC') COMMENT 'Arrival time of the first message',
    last_log_time DateTime64(3, 'UTC') COMMENT 'Arrival time of the last message',
    row_version UInt32 COMMENT 'Version of the code that builds rows',
    kind Enum8('written' = 0, 'abandoned' = 1, 'adopted' = 2) COMMENT 'written, or given up by an operator',
    note String COMMENT 'Why an operator gave it up'
)
ENGINE = {{MergeTree}}
ORDER BY (topic, partition, from_offset)
SETTINGS {{deduplication}}
COMMENT 'What was written, range by range: the proof of completeness';

CREATE MATERIALIZED VIEW {{database}}.ranges_of_key_events TO {{database}}.ranges AS
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
FROM {{database}}.key_event_intake
WHERE kind = 'range';

CREATE TABLE {{database}}.dead_letters
(
    topic LowCardinality(String) COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset',
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time',
    reason LowCardinality(String) COMMENT 'Kind of fault',
    error String COMMENT 'What is wrong, in a sentence',
    message_key String COMMENT 'Message key, redacted',
    payload String COMMENT 'Start of the message value, redacted' CODEC(ZSTD),
    payload_bytes UInt64 COMMENT 'Size of the message value in bytes'
)
ENGINE = {{MergeTree}}
ORDER BY (topic, partition, offset)
TTL toDateTime(log_time) + INTERVAL 400 DAY
SETTINGS {{deduplication}}
COMMENT 'Messages that can not be events, each with its reason';

CREATE MATERIALIZED VIEW {{database}}.dead_letters_of_key_events TO {{database}}.dead_letters AS
SELECT topic, partition, offset, log_time,
    JSONExtractString(data, 'reason') AS reason,
    JSONExtractString(data, 'error') AS error,
    key_id AS message_key,
    JSONExtractString(data, 'payload') AS payload,
    JSONExtractUInt(data, 'bytes') AS payload_bytes
FROM {{database}}.key_event_intake
WHERE kind = 'dead-letter';
