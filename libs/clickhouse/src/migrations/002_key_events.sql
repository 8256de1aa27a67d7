CREATE TABLE {{database}}.key_events
(
    topic LowCardinality(String) COMMENT 'Kafka topic the event came on',
    partition UInt32 COMMENT 'Kafka partition',
    offset UInt64 COMMENT 'Kafka offset' CODEC(Delta, ZSTD),
    log_time DateTime64(3, 'UTC') COMMENT 'Arrival time stamped by Kafka; retention goes by it' CODEC(Delta, ZSTD),
    identity UUID COMMENT '128-bit hash of tenant, source and id',
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    lane LowCardinality(String) COMMENT 'live, or the name of one import',
    source LowCardinality(String) COMMENT 'CloudEvents source: the producer',
    event_id String COMMENT 'CloudEvents id, unique within source' CODEC(ZSTD),
    type LowCardinality(String) COMMENT 'CloudEvents type',
    key_id String COMMENT 'Public name of the key' CODEC(ZSTD),
    time_text String COMMENT 'Event time as it came; empty: the event had none' CODEC(ZSTD),
    filed_time DateTime64(3, 'UTC') COMMENT 'Event time, or arrival time where the event has none between 2010 and a day ahead' CODEC(Delta, ZSTD),
    time_flag Enum8('event' = 0, 'missing' = 1, 'out-of-range' = 2) COMMENT 'Why filed_time is what it is',
    environment LowCardinality(String) COMMENT 'Environment of the request; empty: unknown',
    source_ip String COMMENT 'Source address as text; may be the name of a service' CODEC(ZSTD),
    source_address IPv6 MATERIALIZED toIPv6OrDefault(source_ip) COMMENT 'Source address where it is one, IPv4 mapped into IPv6; else ::',
    user_agent String COMMENT 'User agent' CODEC(ZSTD),
    method LowCardinality(String) COMMENT 'HTTP method',
    endpoint String COMMENT 'Route template' CODEC(ZSTD),
    status UInt16 COMMENT 'HTTP status; 0: unknown',
    latency_ms Float32 COMMENT 'Latency in milliseconds',
    bytes_out UInt64 COMMENT 'Bytes sent' CODEC(T64, ZSTD),
    region LowCardinality(String) COMMENT 'Region',
    outcome LowCardinality(String) COMMENT 'Decision of the gateway: allowed, invalid-key, revoked-key, rate-limited, forbidden',
    request_id String COMMENT 'Request id' CODEC(ZSTD),
    secret_version UInt32 COMMENT 'Version of the secret used; 0: unknown',
    traceparent String COMMENT 'W3C trace context' CODEC(ZSTD),
    data String COMMENT 'JSON: data of a lifecycle event; unknown attributes of a request' CODEC(ZSTD)
)
ENGINE = {{MergeTree}}
PARTITION BY toYYYYMM(filed_time)
ORDER BY (tenant_id, key_id, filed_time)
TTL toDateTime(log_time) + INTERVAL 400 DAY
SETTINGS {{deduplication}}
COMMENT 'Every key event once: the archive from which everything else can be rebuilt';

CREATE MATERIALIZED VIEW {{database}}.key_events_view TO {{database}}.key_events AS
SELECT topic, partition, offset, log_time, identity, tenant_id, lane, source, event_id, type, key_id, time_text, filed_time,
    time_flag, environment, source_ip, user_agent, method, endpoint, status, latency_ms, bytes_out, region, outcome,
    request_id, secret_version, traceparent, data
FROM {{database}}.key_event_intake
WHERE kind = 'event';
