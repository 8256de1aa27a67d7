CREATE TABLE {{database}}.usage_5m
(
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    key_id String COMMENT 'Public name of the key',
    bucket DateTime('UTC') COMMENT 'Start of the five minutes',
    lane LowCardinality(String) COMMENT 'live, or the name of one import',
    environment LowCardinality(String) COMMENT 'Environment of the requests; empty: unknown',
    requests SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests',
    errors SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests with status 400 or more',
    denied SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests with status 401 or 403',
    rate_limited SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests with status 429',
    bytes_out SimpleAggregateFunction(sum, UInt64) COMMENT 'Bytes sent',
    latency_ms_sum SimpleAggregateFunction(sum, Float64) COMMENT 'Sum of latencies in milliseconds',
    first_used SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First request',
    last_used SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last request'
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant_id, key_id, bucket, lane, environment)
SETTINGS {{deduplication}}
COMMENT 'Requests per key, lane, environment and five minutes';

CREATE MATERIALIZED VIEW {{database}}.usage_5m_view TO {{database}}.usage_5m AS
SELECT tenant_id, key_id, toStartOfFiveMinutes(toDateTime(filed_time, 'UTC')) AS bucket, lane, environment,
    count() AS requests,
    countIf(status >= 400) AS errors,
    countIf(status IN (401, 403)) AS denied,
    countIf(status = 429) AS rate_limited,
    sum(bytes_out) AS bytes_out,
    sum(toFloat64(latency_ms)) AS latency_ms_sum,
    min(filed_time) AS first_used,
    max(filed_time) AS last_used
FROM {{database}}.key_event_intake
WHERE kind = 'event' AND type = 'keywatch.key.request-made.v1'
GROUP BY tenant_id, key_id, bucket, lane, environment;

CREATE TABLE {{database}}.usage_1h
(
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    key_id String COMMENT 'Public name of the key',
    bucket DateTime('UTC') COMMENT 'Start of the hour',
    lane LowCardinality(String) COMMENT 'live, or the name of one import',
    environment LowCardinality(String) COMMENT 'Environment of the requests; empty: unknown',
    requests SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests',
    errors SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests with status 400 or more',
    denied SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests with status 401 or 403',
    rate_limited SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests with status 429',
    bytes_out SimpleAggregateFunction(sum, UInt64) COMMENT 'Bytes sent',
    latency_ms_sum SimpleAggregateFunction(sum, Float64) COMMENT 'Sum of latencies in milliseconds',
    first_used SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First request',
    last_used SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last request'
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant_id, key_id, bucket, lane, environment)
SETTINGS {{deduplication}}
COMMENT 'Requests per key, lane, environment and hour';

CREATE MATERIALIZED VIEW {{database}}.usage_1h_view TO {{database}}.usage_1h AS
SELECT tenant_id, key_id, toStartOfHour(toDateTime(filed_time, 'UTC')) AS bucket, lane, environment,
    count() AS requests,
    countIf(status >= 400) AS errors,
    countIf(status IN (401, 403)) AS denied,
    countIf(status = 429) AS rate_limited,
    sum(bytes_out) AS bytes_out,
    sum(toFloat64(latency_ms)) AS latency_ms_sum,
    min(filed_time) AS first_used,
    max(filed_time) AS last_used
FROM {{database}}.key_event_intake
WHERE kind = 'event' AND type = 'keywatch.key.request-made.v1'
GROUP BY tenant_id, key_id, bucket, lane, environment;
