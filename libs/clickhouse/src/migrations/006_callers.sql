CREATE TABLE {{database}}.callers
(
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    key_id String COMMENT 'Public name of the key',
    environment LowCardinality(String) COMMENT 'Environment of the requests; empty: unknown',
    address_block String COMMENT 'IPv4 /24 or IPv6 /48 of the source; else its text',
    user_agent String COMMENT 'User agent, its first 256 bytes',
    endpoint String COMMENT 'Route template',
    secret_version UInt32 COMMENT 'Version of the secret used; 0: unknown',
    requests SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests',
    errors SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests with status 400 or more',
    first_used SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First request',
    last_used SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last request'
)
ENGINE = {{AggregatingMergeTree}}
ORDER BY (tenant_id, key_id, environment, address_block, user_agent, endpoint, secret_version)
SETTINGS {{deduplication}}
COMMENT 'Who calls with a key: who breaks if it is revoked';

CREATE MATERIALIZED VIEW {{database}}.callers_view TO {{database}}.callers AS
SELECT tenant_id, key_id, environment,
    multiIf(
        isIPv4String(source_ip), concat(IPv4NumToString(bitAnd(IPv4StringToNumOrDefault(source_ip), 0xFFFFFF00)), '/24'),
        isIPv6String(source_ip), concat(cutIPv6(toIPv6OrDefault(source_ip), 10, 0), '/48'),
        source_ip) AS address_block,
    substring(user_agent, 1, 256) AS user_agent, endpoint, secret_version,
    count() AS requests, countIf(status >= 400) AS errors, min(filed_time) AS first_used, max(filed_time) AS last_used
FROM {{database}}.key_event_intake
WHERE kind = 'event' AND type = 'keywatch.key.request-made.v1'
GROUP BY tenant_id, key_id, environment, address_block, user_agent, endpoint, secret_version;
