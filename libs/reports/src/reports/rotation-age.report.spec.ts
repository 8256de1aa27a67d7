import { describe, expect, it } from '@jest/globals';
import { rotationAgeReport } from './rotation-age.report.js';

const NOW = Date.UTC(2026, 10, 24, 12);

describe('SQL of rotation-age', () => {
  it('now: from the folds', () => {
    const { query } = rotationAgeReport.prepare({}, NOW);
    expect(query.params).toEqual({ asOf: '2026-11-24 12:00:00.000' });
    expect(query.sql)
      .toBe(`SELECT tenantId, keyId, name, owner, ownerEmail, ownerTeam, plan, environment, createdAt, lastRotatedAt, since, ageDays, atLeast, secretVersion, lastUsed, disabled, limitDays, overdueDays
FROM
(
SELECT tenant_id AS tenantId, key_id AS keyId, name, owner, owner_email AS ownerEmail, owner_team AS ownerTeam, plan, environment,
    concat(replaceOne(toString(created_at), ' ', 'T'), 'Z') AS createdAt,
    concat(replaceOne(toString(last_rotated_at), ' ', 'T'), 'Z') AS lastRotatedAt,
    concat(replaceOne(toString(since_time), ' ', 'T'), 'Z') AS since,
    intDiv(if(since_time > {asOf:DateTime64(3, 'UTC')}, 0, dateDiff('millisecond', since_time, {asOf:DateTime64(3, 'UTC')})), 86400000) AS ageDays,
    toBool(created_at IS NULL AND last_rotated_at IS NULL) AS atLeast,
    secret_version AS secretVersion,
    concat(replaceOne(toString(last_used), ' ', 'T'), 'Z') AS lastUsed,
    toBool(disabled) AS disabled,
    multiIf(lower(plan) = 'free', 180, lower(plan) = 'pro', 90, lower(plan) = 'enterprise', 90, 90) AS limitDays,
    if(ageDays < limitDays, 0, ageDays - limitDays) AS overdueDays
FROM
(
SELECT *, multiIf(owner_id != '', owner_id, owner_email != '', owner_email, owner_team) AS owner,
    coalesce(if(created_at > last_rotated_at, created_at, last_rotated_at), created_at, first_used) AS since_time
FROM
(
SELECT tenant_id, key_id, created_at, last_rotated_at, revoked_at, expires_at, secret_version,
    owner_id, owner_email, owner_team, name, plan, environment, kind, disabled, first_used, last_used
FROM {{database}}.keys
)
)
WHERE (revoked_at IS NULL OR revoked_at > {asOf:DateTime64(3, 'UTC')})
  AND (expires_at IS NULL OR expires_at > {asOf:DateTime64(3, 'UTC')})
  AND NOT startsWith(key_id, 'unknown:')
  AND kind != 'temporary'
)
ORDER BY ifNull(since, '9'), tenantId, keyId`);
  });

  it('as of a moment, by plan, temporary keys too: from raw events where a later event may have replaced something', () => {
    const { query } = rotationAgeReport.prepare(
      { groupBy: 'plan', asOf: '2026-11-01', temporary: 'true', owner: 'ann' },
      NOW,
    );
    expect(query.params).toEqual({ asOf: '2026-11-01 00:00:00.000', owner: ['ann'] });
    expect(query.sql).toBe(`SELECT plan, keys, overdue, unknownAge, oldestDays, medianDays
FROM
(
SELECT plan, count() AS keys, countIf(overdueDays > 0) AS overdue, countIf(atLeast) AS unknownAge,
    max(ageDays) AS oldestDays, quantileExactLow(ageDays) AS medianDays
FROM
(
SELECT tenant_id AS tenantId, key_id AS keyId, name, owner, owner_email AS ownerEmail, owner_team AS ownerTeam, plan, environment,
    concat(replaceOne(toString(created_at), ' ', 'T'), 'Z') AS createdAt,
    concat(replaceOne(toString(last_rotated_at), ' ', 'T'), 'Z') AS lastRotatedAt,
    concat(replaceOne(toString(since_time), ' ', 'T'), 'Z') AS since,
    intDiv(if(since_time > {asOf:DateTime64(3, 'UTC')}, 0, dateDiff('millisecond', since_time, {asOf:DateTime64(3, 'UTC')})), 86400000) AS ageDays,
    toBool(created_at IS NULL AND last_rotated_at IS NULL) AS atLeast,
    secret_version AS secretVersion,
    concat(replaceOne(toString(last_used), ' ', 'T'), 'Z') AS lastUsed,
    toBool(disabled) AS disabled,
    multiIf(lower(plan) = 'free', 180, lower(plan) = 'pro', 90, lower(plan) = 'enterprise', 90, 90) AS limitDays,
    if(ageDays < limitDays, 0, ageDays - limitDays) AS overdueDays
FROM
(
SELECT *, multiIf(owner_id != '', owner_id, owner_email != '', owner_email, owner_team) AS owner,
    coalesce(if(created_at > last_rotated_at, created_at, last_rotated_at), created_at, first_used) AS since_time
FROM
(
SELECT k.tenant_id AS tenant_id, k.key_id AS key_id,
    if(k.created_at <= {asOf:DateTime64(3, 'UTC')}, k.created_at, NULL) AS created_at,
    if(k.last_rotated_at <= {asOf:DateTime64(3, 'UTC')}, k.last_rotated_at, r.last_rotated_at) AS last_rotated_at,
    if(k.revoked_at <= {asOf:DateTime64(3, 'UTC')}, k.revoked_at, NULL) AS revoked_at,
    if(r.versioned_later, r.secret_version, k.secret_version) AS secret_version,
    if(r.described_later, r.owner_id, k.owner_id) AS owner_id, if(r.described_later, r.owner_email, k.owner_email) AS owner_email, if(r.described_later, r.owner_team, k.owner_team) AS owner_team, if(r.described_later, r.name, k.name) AS name, if(r.described_later, r.plan, k.plan) AS plan, if(r.described_later, r.environment, k.environment) AS environment, if(r.described_later, r.kind, k.kind) AS kind, if(r.described_later, r.expires_at, k.expires_at) AS expires_at,
    if(r.toggled_later, r.disabled, k.disabled) AS disabled,
    if(k.first_used <= {asOf:DateTime64(3, 'UTC')}, k.first_used, NULL) AS first_used,
    if(k.last_used <= {asOf:DateTime64(3, 'UTC')}, k.last_used, u.last_used) AS last_used
FROM
(
SELECT tenant_id, key_id, created_at, last_rotated_at, revoked_at, expires_at, secret_version,
    owner_id, owner_email, owner_team, name, plan, environment, kind, disabled, first_used, last_used
FROM {{database}}.keys
) AS k
LEFT JOIN
(
SELECT tenant_id, key_id, countIf(filed_time <= {asOf:DateTime64(3, 'UTC')}) > 0 AS mentioned,
    maxOrNullIf(filed_time, type = 'keywatch.key.rotated.v1' AND filed_time <= {asOf:DateTime64(3, 'UTC')}) AS last_rotated_at,
    maxIf(toUInt32(JSONExtractUInt(data, 'secretVersion')), filed_time <= {asOf:DateTime64(3, 'UTC')}) AS secret_version,
    countIf(JSONHas(data, 'secretVersion') AND filed_time > {asOf:DateTime64(3, 'UTC')}) > 0 AS versioned_later,
    countIf(type = 'keywatch.key.created.v1' AND filed_time > {asOf:DateTime64(3, 'UTC')}) > 0 AS described_later,
    argMaxIf(data, tuple(filed_time, event_id), type = 'keywatch.key.created.v1' AND filed_time <= {asOf:DateTime64(3, 'UTC')}) AS description,
    JSONExtractString(description, 'owner', 'id') AS owner_id,
    JSONExtractString(description, 'owner', 'email') AS owner_email,
    JSONExtractString(description, 'owner', 'team') AS owner_team,
    JSONExtractString(description, 'name') AS name,
    JSONExtractString(description, 'plan') AS plan,
    JSONExtractString(description, 'environment') AS environment,
    if(JSONExtractString(description, 'kind') = '' AND startsWith(key_id, 'ASIA'), 'temporary', JSONExtractString(description, 'kind')) AS kind,
    parseDateTime64BestEffortOrNull(JSONExtractString(description, 'expiresAt'), 3, 'UTC') AS expires_at,
    countIf(type IN ('keywatch.key.disabled.v1', 'keywatch.key.enabled.v1') AND filed_time > {asOf:DateTime64(3, 'UTC')}) > 0 AS toggled_later,
    argMaxIf(toUInt8(type = 'keywatch.key.disabled.v1'), tuple(filed_time, event_id), type IN ('keywatch.key.disabled.v1', 'keywatch.key.enabled.v1') AND filed_time <= {asOf:DateTime64(3, 'UTC')}) AS disabled
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
WHERE bucket < toStartOfHour({asOf:DateTime64(3, 'UTC')})
UNION ALL
SELECT tenant_id, key_id, filed_time AS time
FROM {{database}}.key_events
WHERE type = 'keywatch.key.request-made.v1' AND filed_time >= toStartOfHour({asOf:DateTime64(3, 'UTC')}) AND filed_time <= {asOf:DateTime64(3, 'UTC')}
)
GROUP BY tenant_id, key_id
) AS u ON u.tenant_id = k.tenant_id AND u.key_id = k.key_id
WHERE k.created_at <= {asOf:DateTime64(3, 'UTC')} OR k.last_rotated_at <= {asOf:DateTime64(3, 'UTC')} OR k.first_used <= {asOf:DateTime64(3, 'UTC')} OR r.mentioned
)
)
WHERE (revoked_at IS NULL OR revoked_at > {asOf:DateTime64(3, 'UTC')})
  AND (expires_at IS NULL OR expires_at > {asOf:DateTime64(3, 'UTC')})
  AND NOT startsWith(key_id, 'unknown:')
  AND owner IN {owner:Array(String)}
)
GROUP BY plan
)
ORDER BY ifNull(oldestDays, -1) DESC, plan`);
  });
});
