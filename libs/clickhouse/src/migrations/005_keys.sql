CREATE TABLE {{database}}.key_lifecycle
(
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    key_id String COMMENT 'Public name of the key',
    live SimpleAggregateFunction(max, Bool) COMMENT 'Whether any of it came as live traffic',
    import_lane SimpleAggregateFunction(max, String) COMMENT 'An import that mentions the key, the last by name; empty: none',
    created_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Earliest creation seen',
    last_rotated_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Latest rotation seen',
    revoked_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Earliest revocation seen: a revocation is final',
    leak_reported_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Earliest leak report seen',
    rotations SimpleAggregateFunction(sum, UInt64) COMMENT 'Rotations seen',
    secret_version SimpleAggregateFunction(max, UInt32) COMMENT 'Highest secret version seen; 0: unknown',
    description AggregateFunction(argMax, Tuple(owner_id String, owner_email String, owner_team String, name String, plan String, environment String, allowed_environments Array(String), kind String, expires_at Nullable(DateTime64(3, 'UTC')), created_by String), Tuple(DateTime64(3, 'UTC'), String)) COMMENT 'What the latest creation said, by (time, event id)',
    grace AggregateFunction(argMax, Tuple(ends_at Nullable(DateTime64(3, 'UTC'))), Tuple(DateTime64(3, 'UTC'), String)) COMMENT 'End of grace of the latest rotation, by (time, event id)',
    disabled AggregateFunction(argMax, UInt8, Tuple(DateTime64(3, 'UTC'), String)) COMMENT 'Whether the latest of disabled and enabled was disabled, by (time, event id)'
)
ENGINE = {{AggregatingMergeTree}}
ORDER BY (tenant_id, key_id)
SETTINGS {{deduplication}}
COMMENT 'State of each key, folded from lifecycle events in any order';

CREATE MATERIALIZED VIEW {{database}}.key_lifecycle_view TO {{database}}.key_lifecycle AS
SELECT tenant_id, key_id,
    max(lane = 'live') AS live, max(if(lane = 'live', '', toString(lane))) AS import_lane,
    minOrNullIf(filed_time, type = 'keywatch.key.created.v1') AS created_at,
    maxOrNullIf(filed_time, type = 'keywatch.key.rotated.v1') AS last_rotated_at,
    minOrNullIf(filed_time, type = 'keywatch.key.revoked.v1') AS revoked_at,
    minOrNullIf(filed_time, type = 'keywatch.key.leak-reported.v1') AS leak_reported_at,
    countIf(type = 'keywatch.key.rotated.v1') AS rotations,
    max(toUInt32(JSONExtractUInt(data, 'secretVersion'))) AS secret_version,
    argMaxStateIf(
        CAST(tuple(
            JSONExtractString(data, 'owner', 'id'), JSONExtractString(data, 'owner', 'email'), JSONExtractString(data, 'owner', 'team'),
            JSONExtractString(data, 'name'), JSONExtractString(data, 'plan'), JSONExtractString(data, 'environment'),
            JSONExtract(data, 'allowedEnvironments', 'Array(String)'), JSONExtractString(data, 'kind'),
            parseDateTime64BestEffortOrNull(JSONExtractString(data, 'expiresAt'), 3, 'UTC'), JSONExtractString(data, 'createdBy')),
            'Tuple(owner_id String, owner_email String, owner_team String, name String, plan String, environment String, allowed_environments Array(String), kind String, expires_at Nullable(DateTime64(3, \'UTC\')), created_by String)'),
        tuple(filed_time, event_id), type = 'keywatch.key.created.v1') AS description,
    argMaxStateIf(CAST(tuple(parseDateTime64BestEffortOrNull(JSONExtractString(data, 'graceEndsAt'), 3, 'UTC')), 'Tuple(ends_at Nullable(DateTime64(3, \'UTC\')))'),
        tuple(filed_time, event_id), type = 'keywatch.key.rotated.v1') AS grace,
    argMaxStateIf(toUInt8(type = 'keywatch.key.disabled.v1'), tuple(filed_time, event_id),
        type IN ('keywatch.key.disabled.v1', 'keywatch.key.enabled.v1')) AS disabled
FROM {{database}}.key_event_intake
WHERE kind = 'event' AND type != 'keywatch.key.request-made.v1'
GROUP BY tenant_id, key_id;

CREATE TABLE {{database}}.key_activity
(
    tenant_id LowCardinality(String) COMMENT 'Tenant',
    key_id String COMMENT 'Public name of the key',
    live SimpleAggregateFunction(max, Bool) COMMENT 'Whether any of it came as live traffic',
    import_lane SimpleAggregateFunction(max, String) COMMENT 'An import that mentions the key, the last by name; empty: none',
    requests SimpleAggregateFunction(sum, UInt64) COMMENT 'Requests seen',
    first_used SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First request',
    last_used SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last request',
    last_succeeded SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Last request with status below 400'
)
ENGINE = {{AggregatingMergeTree}}
ORDER BY (tenant_id, key_id)
SETTINGS {{deduplication}}
COMMENT 'First and last use of each key';

CREATE MATERIALIZED VIEW {{database}}.key_activity_view TO {{database}}.key_activity AS
SELECT tenant_id, key_id,
    max(lane = 'live') AS live, max(if(lane = 'live', '', toString(lane))) AS import_lane,
    count() AS requests, min(filed_time) AS first_used, max(filed_time) AS last_used,
    maxOrNullIf(filed_time, status < 400) AS last_succeeded
FROM {{database}}.key_event_intake
WHERE kind = 'event' AND type = 'keywatch.key.request-made.v1'
GROUP BY tenant_id, key_id;

CREATE VIEW {{database}}.keys AS
SELECT tenant_id, key_id, max(live) AS live, max(import_lane) AS import_lane,
    min(created_at) AS created_at, max(last_rotated_at) AS last_rotated_at, min(revoked_at) AS revoked_at,
    min(leak_reported_at) AS leak_reported_at, sum(rotations) AS rotations, max(secret_version) AS secret_version,
    argMaxMerge(description) AS description,
    description.owner_id AS owner_id, description.owner_email AS owner_email, description.owner_team AS owner_team,
    description.name AS name, description.plan AS plan, description.environment AS environment,
    description.allowed_environments AS allowed_environments,
    -- AWS gives temporary keys names that begin with ASIA, so their issue need not have been seen.
    if(description.kind = '' AND startsWith(key_id, 'ASIA'), 'temporary', description.kind) AS kind,
    description.expires_at AS expires_at, description.created_by AS created_by,
    argMaxMerge(grace) AS grace, grace.ends_at AS grace_ends_at, argMaxMerge(disabled) AS disabled,
    sum(requests) AS requests, min(first_used) AS first_used, max(last_used) AS last_used, max(last_succeeded) AS last_succeeded
FROM
(
    SELECT tenant_id, key_id, live, import_lane, created_at, last_rotated_at, revoked_at, leak_reported_at, rotations, secret_version,
        description, grace, disabled, toUInt64(0) AS requests,
        CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS first_used, CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS last_used,
        CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS last_succeeded
    FROM {{database}}.key_lifecycle
    UNION ALL
    SELECT tenant_id, key_id, live, import_lane, NULL, NULL, NULL, NULL, 0, 0,
        defaultValueOfTypeName('AggregateFunction(argMax, Tuple(owner_id String, owner_email String, owner_team String, name String, plan String, environment String, allowed_environments Array(String), kind String, expires_at Nullable(DateTime64(3, \'UTC\')), created_by String), Tuple(DateTime64(3, \'UTC\'), String))'),
        defaultValueOfTypeName('AggregateFunction(argMax, Tuple(ends_at Nullable(DateTime64(3, \'UTC\'))), Tuple(DateTime64(3, \'UTC\'), String))'),
        defaultValueOfTypeName('AggregateFunction(argMax, UInt8, Tuple(DateTime64(3, \'UTC\'), String))'),
        requests, first_used, last_used, last_succeeded
    FROM {{database}}.key_activity
)
GROUP BY tenant_id, key_id;
