-- One insert into this table is one range of the log. It stores nothing; the views on it fan out to everything else,
-- so one deduplication token covers every target. Rows of all kinds share the position and time columns.
-- Strings are plain here: building dictionaries while parsing made inserts a tenth slower; targets have them.
CREATE TABLE {{database}}.key_event_intake
(
    kind Enum8('event' = 1, 'duplicate' = 2, 'dead-letter' = 3, 'range' = 4) COMMENT 'What this row is; each view takes the kinds it stores',
    topic String COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset; of a range its first',
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time stamped by Kafka; of a range that of its last message',
    identity UUID COMMENT '128-bit hash of tenant, source and id',
    body_crc UInt32 COMMENT 'CRC-32 of the message value',
    tenant_id String COMMENT 'Tenant',
    lane String COMMENT 'live, or the name of one import',
    source String COMMENT 'CloudEvents source',
    event_id String COMMENT 'CloudEvents id',
    type String COMMENT 'CloudEvents type',
    key_id String COMMENT 'Public name of the key; of a dead letter the message key',
    time_text String COMMENT 'Event time as it came',
    filed_time DateTime64(3, 'UTC') COMMENT 'Event time, or arrival time where the event has none in range',
    time_flag Enum8('event' = 0, 'missing' = 1, 'out-of-range' = 2) COMMENT 'Why filed_time is what it is',
    environment String COMMENT 'Environment of the request; empty: unknown',
    source_ip String COMMENT 'Source address as text',
    user_agent String COMMENT 'User agent',
    method String COMMENT 'HTTP method',
    endpoint String COMMENT 'Route template',
    status UInt16 COMMENT 'HTTP status; 0: unknown',
    latency_ms Float32 COMMENT 'Milliseconds',
    bytes_out UInt64 COMMENT 'Bytes',
    region String COMMENT 'Region',
    outcome String COMMENT 'Decision of the gateway',
    request_id String COMMENT 'Request id',
    secret_version UInt32 COMMENT 'Secret version used; 0: unknown',
    traceparent String COMMENT 'W3C trace context',
    data String COMMENT 'JSON: data of a lifecycle event, attributes of a request, details of a dead letter or range'
)
ENGINE = Null
COMMENT 'Entrance for ranges of the key-events topic';
