-- Views for people, in a database of their own: plain types, plain names, every column explained. Whoever may read them
-- needs no right on the tables beneath (DEFINER), so those can change. Columns are listed one by one: what a table gains
-- later does not show up here by itself. Types are those of the tables where a filter on the column must reach their index.
CREATE DATABASE {{database}}_views;

CREATE VIEW {{database}}_views.requests
(
    time DateTime64(3, 'UTC') COMMENT 'When the request was made, by its event; the arrival time where the event has no usable one (see time_flag)',
    tenant_id LowCardinality(String) COMMENT 'Tenant of the key; default: the event named none',
    lane LowCardinality(String) COMMENT 'live, or the name of the import of old logs it came with',
    key_id String COMMENT 'Public name of the key; unknown: and 16 hex digits for a key that nobody issued',
    environment LowCardinality(String) COMMENT 'Environment the request came from; empty: unknown',
    source_ip String COMMENT 'Source address as text; may be the name of a service',
    source_address IPv6 COMMENT 'Source address for comparisons, IPv4 mapped into IPv6; :: where source_ip is no address',
    user_agent String COMMENT 'User agent; empty: unknown',
    method LowCardinality(String) COMMENT 'HTTP method; empty: unknown',
    endpoint String COMMENT 'Route template, for example /v1/orders/{id}; of CloudTrail service and action',
    status UInt16 COMMENT 'HTTP status; 0: unknown',
    latency_ms Float32 COMMENT 'Time until the answer in milliseconds; 0: unknown',
    bytes_out UInt64 COMMENT 'Bytes of the answer; 0: unknown',
    region LowCardinality(String) COMMENT 'Region that served it; empty: unknown',
    outcome LowCardinality(String) COMMENT 'Decision of the gateway: allowed, invalid-key, revoked-key, rate-limited, forbidden; empty: unknown',
    request_id String COMMENT 'Request id of the service; empty: unknown',
    secret_version UInt32 COMMENT 'Version of the secret that was used; 0: unknown',
    source LowCardinality(String) COMMENT 'Producer of the event (CloudEvents source)',
    event_id String COMMENT 'Id of the event, unique within source',
    received_at DateTime64(3, 'UTC') COMMENT 'When the event arrived in the log',
    time_flag Enum8('event' = 0, 'missing' = 1, 'out-of-range' = 2) COMMENT 'Where time comes from: event: its own; missing, out-of-range: it had none to use, time is the arrival',
    topic LowCardinality(String) COMMENT 'Kafka topic it came on',
    partition UInt32 COMMENT 'Kafka partition it came on',
    offset UInt64 COMMENT 'Its offset in the partition',
    attributes String COMMENT 'JSON: what the event says beyond these columns; empty: nothing',
    traceparent String COMMENT 'W3C trace context; empty: none'
)
SQL SECURITY DEFINER AS
SELECT filed_time AS time, tenant_id, lane, key_id, environment, source_ip, source_address, user_agent, method, endpoint, status,
    latency_ms, bytes_out, region, outcome, request_id, secret_version, source, event_id, log_time AS received_at, time_flag,
    topic, partition, offset, data AS attributes, traceparent
FROM {{database}}.key_events
WHERE type = 'keywatch.key.request-made.v1'
COMMENT 'One row per request made with a key';

CREATE VIEW {{database}}_views.key_changes
(
    time DateTime64(3, 'UTC') COMMENT 'When it happened, by the event; the arrival time where the event has no usable one',
    tenant_id LowCardinality(String) COMMENT 'Tenant of the key',
    lane LowCardinality(String) COMMENT 'live, or the name of the import of old logs it came with',
    key_id String COMMENT 'Public name of the key',
    change String COMMENT 'What happened: created, rotated, revoked, disabled, enabled, leak-reported',
    actor String COMMENT 'Who did it, or who reported the leak; empty: unknown',
    secret_version UInt32 COMMENT 'Version of the secret after a rotation; 0: unknown',
    reason String COMMENT 'Why, as the producer gave it; empty: unknown',
    data String COMMENT 'JSON: everything the event says, for example owner, plan, expiresAt of a creation',
    source LowCardinality(String) COMMENT 'Producer of the event (CloudEvents source)',
    event_id String COMMENT 'Id of the event, unique within source',
    received_at DateTime64(3, 'UTC') COMMENT 'When the event arrived in the log',
    topic LowCardinality(String) COMMENT 'Kafka topic it came on',
    partition UInt32 COMMENT 'Kafka partition it came on',
    offset UInt64 COMMENT 'Its offset in the partition'
)
SQL SECURITY DEFINER AS
SELECT filed_time AS time, tenant_id, lane, key_id,
    toString(splitByChar('.', type)[3]) AS change,
    JSONExtractString(data, multiIf(change = 'created', 'createdBy', change = 'rotated', 'rotatedBy', change = 'leak-reported', 'reporter', 'by')) AS actor,
    toUInt32(JSONExtractUInt(data, 'secretVersion')) AS secret_version,
    JSONExtractString(data, 'reason') AS reason,
    data, source, event_id, log_time AS received_at, topic, partition, offset
FROM {{database}}.key_events
WHERE type != 'keywatch.key.request-made.v1'
COMMENT 'One row per change in the life of a key';

CREATE VIEW {{database}}_views.usage_by_hour
(
    hour DateTime('UTC') COMMENT 'Start of the hour, by the time of the requests',
    tenant_id LowCardinality(String) COMMENT 'Tenant of the key',
    key_id String COMMENT 'Public name of the key',
    lane LowCardinality(String) COMMENT 'live, or the name of one import of old logs',
    environment LowCardinality(String) COMMENT 'Environment the requests came from; empty: unknown',
    requests UInt64 COMMENT 'Requests',
    errors UInt64 COMMENT 'Requests with status 400 or more',
    denied UInt64 COMMENT 'Requests with status 401 or 403',
    rate_limited UInt64 COMMENT 'Requests with status 429',
    bytes_out UInt64 COMMENT 'Bytes of the answers',
    latency_ms Float64 COMMENT 'Mean time until the answer in milliseconds; a request whose latency is unknown counts as 0',
    first_used DateTime64(3, 'UTC') COMMENT 'First request of the hour',
    last_used DateTime64(3, 'UTC') COMMENT 'Last request of the hour'
)
SQL SECURITY DEFINER AS
SELECT bucket AS hour, u.tenant_id AS tenant_id, u.key_id AS key_id, u.lane AS lane, u.environment AS environment,
    sum(u.requests) AS requests, sum(u.errors) AS errors, sum(u.denied) AS denied, sum(u.rate_limited) AS rate_limited,
    sum(u.bytes_out) AS bytes_out, sum(u.latency_ms_sum) / sum(u.requests) AS latency_ms,
    min(u.first_used) AS first_used, max(u.last_used) AS last_used
FROM {{database}}.usage_1h AS u
GROUP BY bucket, tenant_id, key_id, lane, environment
COMMENT 'Requests per key, lane, environment and hour; kept when single requests are gone';

CREATE VIEW {{database}}_views.keys
(
    tenant_id LowCardinality(String) COMMENT 'Tenant of the key',
    key_id String COMMENT 'Public name of the key',
    name String COMMENT 'Name its owner gave it; empty: unknown',
    state String COMMENT 'Now: active, disabled, expired or revoked; active also where no end of it was seen',
    owner_id String COMMENT 'Owner; empty: unknown',
    owner_email String COMMENT 'E-mail address of the owner; empty: unknown',
    owner_team String COMMENT 'Team of the owner; empty: unknown',
    plan String COMMENT 'Contract plan; empty: unknown',
    environment String COMMENT 'Home environment; empty: unknown',
    allowed_environments Array(String) COMMENT 'Further environments the key may be used in',
    kind String COMMENT 'long-term or temporary; empty: unknown',
    created_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was created; NULL: its creation was not seen',
    created_by String COMMENT 'Who created it; empty: unknown',
    last_rotated_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was last rotated; NULL: no rotation was seen',
    rotations UInt64 COMMENT 'Rotations seen',
    rotation_age_days Nullable(Int64) COMMENT 'Whole days now since the later of creation and last rotation; where neither was seen, since the first use (see rotation_age_at_least)',
    rotation_age_at_least Bool COMMENT 'true: neither creation nor rotation was seen, the secret is at least as old as rotation_age_days says',
    secret_version UInt32 COMMENT 'Highest version of the secret that was named; 0: unknown',
    grace_ends_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when the secret before the latest rotation still works; NULL: unknown',
    expires_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it expires; NULL: never, or unknown',
    disabled Bool COMMENT 'Whether it is switched off; it can come back',
    revoked_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was revoked, for good; NULL: not seen',
    leak_reported_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was first reported as leaked; NULL: never',
    requests UInt64 COMMENT 'Requests seen',
    first_used Nullable(DateTime64(3, 'UTC')) COMMENT 'First request; NULL: none was seen',
    last_used Nullable(DateTime64(3, 'UTC')) COMMENT 'Last request; NULL: none was seen',
    last_succeeded Nullable(DateTime64(3, 'UTC')) COMMENT 'Last request with a status below 400; NULL: none was seen',
    live Bool COMMENT 'Whether any of this came as live traffic, not only from imports',
    import_lane String COMMENT 'An import of old logs that mentions the key, the last by name; empty: none'
)
SQL SECURITY DEFINER AS
SELECT tenant_id, key_id, k.name AS name,
    multiIf(k.revoked_at <= now64(3), 'revoked', k.expires_at <= now64(3), 'expired', k.disabled = 1, 'disabled', 'active') AS state,
    k.owner_id AS owner_id, k.owner_email AS owner_email, k.owner_team AS owner_team, k.plan AS plan, k.environment AS environment,
    k.allowed_environments AS allowed_environments, k.kind AS kind, k.created_at AS created_at, k.created_by AS created_by,
    k.last_rotated_at AS last_rotated_at, k.rotations AS rotations,
    intDiv(dateDiff('second', coalesce(greatest(k.created_at, k.last_rotated_at), k.created_at, k.last_rotated_at, k.first_used), now64(3)), 86400) AS rotation_age_days,
    isNull(k.created_at) AND isNull(k.last_rotated_at) AND isNotNull(k.first_used) AS rotation_age_at_least,
    k.secret_version AS secret_version, k.grace_ends_at AS grace_ends_at, k.expires_at AS expires_at, k.disabled = 1 AS disabled,
    k.revoked_at AS revoked_at, k.leak_reported_at AS leak_reported_at, k.requests AS requests, k.first_used AS first_used,
    k.last_used AS last_used, k.last_succeeded AS last_succeeded, k.live AS live, k.import_lane AS import_lane
FROM {{database}}.keys AS k
COMMENT 'What is known of each key now';

CREATE VIEW {{database}}_views.callers
(
    tenant_id LowCardinality(String) COMMENT 'Tenant of the key',
    key_id String COMMENT 'Public name of the key',
    environment LowCardinality(String) COMMENT 'Environment the requests came from; empty: unknown',
    address_block String COMMENT 'Where from: the IPv4 /24 or IPv6 /48 of the source address, or its text where it is no address',
    user_agent String COMMENT 'User agent, its first 256 bytes',
    endpoint String COMMENT 'Route template',
    secret_version UInt32 COMMENT 'Version of the secret that was used; 0: unknown',
    requests UInt64 COMMENT 'Requests',
    errors UInt64 COMMENT 'Requests with status 400 or more',
    first_used DateTime64(3, 'UTC') COMMENT 'First request',
    last_used DateTime64(3, 'UTC') COMMENT 'Last request'
)
SQL SECURITY DEFINER AS
SELECT c.tenant_id AS tenant_id, c.key_id AS key_id, c.environment AS environment, c.address_block AS address_block,
    c.user_agent AS user_agent, c.endpoint AS endpoint, c.secret_version AS secret_version,
    sum(c.requests) AS requests, sum(c.errors) AS errors, min(c.first_used) AS first_used, max(c.last_used) AS last_used
FROM {{database}}.callers AS c
GROUP BY tenant_id, key_id, environment, address_block, user_agent, endpoint, secret_version
COMMENT 'Who calls with a key, since the beginning: who breaks if it is revoked';

CREATE VIEW {{database}}_views.ranges
(
    topic LowCardinality(String) COMMENT 'Kafka topic',
    partition UInt32 COMMENT 'Kafka partition',
    from_offset UInt64 COMMENT 'First offset of the range',
    to_offset UInt64 COMMENT 'Offset after the last of the range',
    messages UInt64 COMMENT 'Messages in the range; offsets taken by control records are none',
    events UInt64 COMMENT 'Messages stored as events',
    duplicates UInt64 COMMENT 'Messages dropped because the same event was there before',
    conflicts UInt64 COMMENT 'Duplicates whose content differs from the first',
    dead_letters UInt64 COMMENT 'Messages that can not be events (view dead_letters)',
    dropped UInt64 COMMENT 'Messages left out on purpose',
    first_received_at DateTime64(3, 'UTC') COMMENT 'When its first message arrived in the log',
    last_received_at DateTime64(3, 'UTC') COMMENT 'When its last message arrived in the log',
    kind Enum8('written' = 0, 'abandoned' = 1, 'adopted' = 2) COMMENT 'written; abandoned: given up by an operator, its messages are lost; adopted: taken over after the topic was created anew',
    note String COMMENT 'Why an operator decided so'
)
SQL SECURITY DEFINER AS
SELECT topic, partition, from_offset, to_offset, messages, events, duplicates, conflicts, dead_letters, dropped,
    first_log_time AS first_received_at, last_log_time AS last_received_at, kind, note
FROM {{database}}.ranges
COMMENT 'What was stored, stretch by stretch of the log: the proof of completeness';

CREATE VIEW {{database}}_views.dead_letters
(
    received_at DateTime64(3, 'UTC') COMMENT 'When the message arrived in the log',
    topic LowCardinality(String) COMMENT 'Kafka topic it came on',
    partition UInt32 COMMENT 'Kafka partition it came on',
    offset UInt64 COMMENT 'Its offset in the partition',
    reason LowCardinality(String) COMMENT 'Kind of fault, for example not-json, invalid-data, secret-in-payload',
    error String COMMENT 'What is wrong, in a sentence',
    message_key String COMMENT 'Key of the message, redacted',
    payload String COMMENT 'Start of the message, redacted',
    payload_bytes UInt64 COMMENT 'Size of the whole message in bytes'
)
SQL SECURITY DEFINER AS
SELECT log_time AS received_at, topic, partition, offset, reason, error, message_key, payload, payload_bytes
FROM {{database}}.dead_letters
COMMENT 'Messages that can not be events, each with its reason';

CREATE VIEW {{database}}_views.alerts
(
    tenant_id LowCardinality(String) COMMENT 'Tenant of the key',
    alert_id String COMMENT 'Id of the alert: the same under replay',
    fingerprint String COMMENT 'Groups the alerts of one ongoing trouble',
    rule LowCardinality(String) COMMENT 'Rule or sweep that found it',
    rule_version UInt32 COMMENT 'Version of the rule',
    severity Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5) COMMENT 'Highest severity told: info, low, medium, high, critical',
    lane LowCardinality(String) COMMENT 'live, or the name of the import of old logs it was found in',
    key_id String COMMENT 'Public name of the key',
    window String COMMENT 'What makes the alert one: a UTC day, a milestone',
    title String COMMENT 'What it is',
    sentence String COMMENT 'What happened, for a person',
    first_occurred_at DateTime64(3, 'UTC') COMMENT 'Event time of the first telling',
    last_occurred_at DateTime64(3, 'UTC') COMMENT 'Event time of the last telling',
    first_detected_at DateTime64(3, 'UTC') COMMENT 'When it was first detected',
    last_detected_at DateTime64(3, 'UTC') COMMENT 'When it was last detected',
    tellings UInt64 COMMENT 'How often it was told, with growing evidence',
    historical Bool COMMENT 'true: from an import of old logs; pages nobody',
    found_by String COMMENT 'App that found it: detect or sweep',
    facts String COMMENT 'JSON: facts of the evidence',
    first_event_id String COMMENT 'First event of the evidence; empty: none named',
    last_event_id String COMMENT 'Last event of the evidence; empty: none named',
    owner_id String COMMENT 'Owner of the key; empty: unknown',
    owner_email String COMMENT 'E-mail address of the owner; empty: unknown',
    owner_team String COMMENT 'Team of the owner; empty: unknown',
    query String COMMENT 'SQL over these views that gives the rows the alert rests on; empty: none was told',
    runbook String COMMENT 'Page that says what it means and what to do',
    status String COMMENT 'open, acknowledged or resolved; open again where it has become more severe since',
    acknowledged_by String COMMENT 'Who acknowledged it; empty: nobody',
    acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was acknowledged; NULL: it is not',
    resolved_by String COMMENT 'Who resolved it; empty: nobody',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was resolved; NULL: it is not',
    status_why String COMMENT 'Why it was acknowledged or resolved, in the words of who did it',
    comments UInt64 COMMENT 'Comments on it',
    silenced_by Array(String) COMMENT 'Silences that cover it now; empty: none'
)
SQL SECURITY DEFINER AS
SELECT a.tenant_id AS tenant_id, a.alert_id AS alert_id, a.fingerprint AS fingerprint, a.rule AS rule, a.rule_version AS rule_version,
    a.severity AS severity, a.lane AS lane, a.key_id AS key_id, a.window AS window, a.title AS title, a.sentence AS sentence,
    a.first_occurred_at AS first_occurred_at, a.last_occurred_at AS last_occurred_at,
    a.first_detected_at AS first_detected_at, a.last_detected_at AS last_detected_at, a.tellings AS tellings,
    a.historical AS historical, a.source AS found_by, a.facts AS facts, a.first_event_id AS first_event_id,
    a.last_event_id AS last_event_id, a.owner_id AS owner_id, a.owner_email AS owner_email, a.owner_team AS owner_team,
    a.query AS query, a.runbook AS runbook, a.status AS status, a.acknowledged_by AS acknowledged_by,
    a.acknowledged_at AS acknowledged_at, a.resolved_by AS resolved_by, a.resolved_at AS resolved_at,
    a.status_why AS status_why, a.comments AS comments, a.silenced_by AS silenced_by
FROM {{database}}.alerts AS a
COMMENT 'Alerts, each once with what its tellings add up to';
