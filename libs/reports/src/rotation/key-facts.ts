const AS_OF = "{asOf:DateTime64(3, 'UTC')}";
const CREATED = "type = 'keywatch.key.created.v1'";
const ROTATED = "type = 'keywatch.key.rotated.v1'";
const TOGGLED = "type IN ('keywatch.key.disabled.v1', 'keywatch.key.enabled.v1')";

/**
 * What is known of every key: tenant_id, key_id, created_at, last_rotated_at, revoked_at, expires_at, secret_version,
 * owner_id, owner_email, owner_team, name, plan, environment, kind, disabled, first_used, last_used.
 */
export function factsNow(): string {
  return `SELECT tenant_id, key_id, created_at, last_rotated_at, revoked_at, expires_at, secret_version,
    owner_id, owner_email, owner_team, name, plan, environment, kind, disabled, first_used, last_used
FROM {{database}}.keys`;
}

/**
 * The same facts as they stood at {asOf}. The folds outlive the raw events and keep the earliest creation, revocation
 * and use: where that is not later than asOf it is also what was true then. What a later event may have replaced is
 * read from the raw events up to asOf.
 */
export function factsAsOf(): string {
  const folded = (column: string): string => `if(k.${column} <= ${AS_OF}, k.${column}, NULL)`;
  const latest = (column: string): string =>
    `if(k.${column} <= ${AS_OF}, k.${column}, r.${column})`;
  // Described anew after asOf: what the creation before said. Else the fold knows it, also without raw events.
  const described = (column: string): string =>
    `if(r.described_later, r.${column}, k.${column}) AS ${column}`;
  return `SELECT k.tenant_id AS tenant_id, k.key_id AS key_id,
    ${folded('created_at')} AS created_at,
    ${latest('last_rotated_at')} AS last_rotated_at,
    ${folded('revoked_at')} AS revoked_at,
    if(r.versioned_later, r.secret_version, k.secret_version) AS secret_version,
    ${['owner_id', 'owner_email', 'owner_team', 'name', 'plan', 'environment', 'kind', 'expires_at'].map(described).join(', ')},
    if(r.toggled_later, r.disabled, k.disabled) AS disabled,
    ${folded('first_used')} AS first_used,
    if(k.last_used <= ${AS_OF}, k.last_used, u.last_used) AS last_used
FROM
(
${factsNow()}
) AS k
LEFT JOIN
(
SELECT tenant_id, key_id, countIf(filed_time <= ${AS_OF}) > 0 AS mentioned,
    maxOrNullIf(filed_time, ${ROTATED} AND filed_time <= ${AS_OF}) AS last_rotated_at,
    maxIf(toUInt32(JSONExtractUInt(data, 'secretVersion')), filed_time <= ${AS_OF}) AS secret_version,
    countIf(JSONHas(data, 'secretVersion') AND filed_time > ${AS_OF}) > 0 AS versioned_later,
    countIf(${CREATED} AND filed_time > ${AS_OF}) > 0 AS described_later,
    argMaxIf(data, tuple(filed_time, event_id), ${CREATED} AND filed_time <= ${AS_OF}) AS description,
    JSONExtractString(description, 'owner', 'id') AS owner_id,
    JSONExtractString(description, 'owner', 'email') AS owner_email,
    JSONExtractString(description, 'owner', 'team') AS owner_team,
    JSONExtractString(description, 'name') AS name,
    JSONExtractString(description, 'plan') AS plan,
    JSONExtractString(description, 'environment') AS environment,
    if(JSONExtractString(description, 'kind') = '' AND startsWith(key_id, 'ASIA'), 'temporary', JSONExtractString(description, 'kind')) AS kind,
    parseDateTime64BestEffortOrNull(JSONExtractString(description, 'expiresAt'), 3, 'UTC') AS expires_at,
    countIf(${TOGGLED} AND filed_time > ${AS_OF}) > 0 AS toggled_later,
    argMaxIf(toUInt8(type = 'keywatch.key.disabled.v1'), tuple(filed_time, event_id), ${TOGGLED} AND filed_time <= ${AS_OF}) AS disabled
FROM {{database}}.key_events
WHERE type != 'keywatch.key.request-made.v1'
GROUP BY tenant_id, key_id
) AS r ON r.tenant_id = k.tenant_id AND r.key_id = k.key_id
LEFT JOIN
(
SELECT tenant_id, key_id, toNullable(max(time)) AS last_used
FROM
(
SELECT tenant_id, key_id, last_used AS time
FROM {{database}}.usage_1h
WHERE bucket < toStartOfHour(${AS_OF})
UNION ALL
SELECT tenant_id, key_id, filed_time AS time
FROM {{database}}.key_events
WHERE type = 'keywatch.key.request-made.v1' AND filed_time >= toStartOfHour(${AS_OF}) AND filed_time <= ${AS_OF}
)
GROUP BY tenant_id, key_id
) AS u ON u.tenant_id = k.tenant_id AND u.key_id = k.key_id
WHERE k.created_at <= ${AS_OF} OR k.last_rotated_at <= ${AS_OF} OR k.first_used <= ${AS_OF} OR r.mentioned`;
}
