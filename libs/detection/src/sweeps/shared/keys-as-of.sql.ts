import { LIVE_LANE, REQUEST_MADE, UNKNOWN_KEY_PREFIX } from '@keywatch/events';

const ms = (column: string): string => `ifNull(toUnixTimestamp64Milli(${column}), 0)`;

/**
 * Every key with what ages and silences count to (`as_of_ms`), times in ms, 0: not known. A key that live traffic knows
 * is looked at as of {asOfMs}; of a key that only an import knows nothing is known beyond the end of that import, so its
 * time stops there. Events without a time of their own are filed under their arrival and say nothing of where it ends.
 * While live events of a tenant arrive more than a day late, a producer catches up: what it will still bring isn't known,
 * so the time of the tenant's keys stops at the latest of what it brought.
 */
export const KEYS_AS_OF = `
    SELECT k.tenant_id AS tenant_id, k.key_id AS key_id, if(k.live, '${LIVE_LANE}', k.import_lane) AS lane,
        ${ms('k.created_at')} AS created_ms, ${ms('k.last_rotated_at')} AS rotated_ms,
        ${ms('k.first_used')} AS first_used_ms, ${ms('k.last_used')} AS last_used_ms,
        ${ms('k.last_succeeded')} AS succeeded_ms, ${ms('k.grace_ends_at')} AS grace_ends_ms, ${ms('k.expires_at')} AS expires_ms,
        if(k.live AND behind.end_ms = 0, {asOfMs:Int64}, least({asOfMs:Int64},
            greatest(if(k.live, behind.end_ms, lanes.end_ms), created_ms, rotated_ms, last_used_ms))) AS as_of_ms,
        k.live OR lanes.requests > 0 AS traffic_seen,
        k.requests AS requests, k.secret_version AS secret_version, k.plan AS plan, k.environment AS environment,
        k.owner_id AS owner_id, k.owner_email AS owner_email, k.owner_team AS owner_team,
        k.revoked_at IS NULL AND k.disabled = 0 AND k.kind != 'temporary' AND (expires_ms = 0 OR expires_ms > as_of_ms)
            AND NOT startsWith(k.key_id, '${UNKNOWN_KEY_PREFIX}') AS usable
    FROM {{database}}.keys AS k
    LEFT JOIN
    (
        SELECT lane, toUnixTimestamp64Milli(max(filed_time)) AS end_ms, countIf(type = '${REQUEST_MADE}') AS requests
        FROM {{database}}.key_events
        WHERE lane != '${LIVE_LANE}' AND time_flag = 'event'
        GROUP BY lane
    ) AS lanes ON lanes.lane = k.import_lane
    LEFT JOIN
    (
        SELECT tenant_id, toUnixTimestamp64Milli(max(filed_time)) AS end_ms
        FROM {{database}}.key_events
        WHERE lane = '${LIVE_LANE}' AND time_flag = 'event' AND log_time > fromUnixTimestamp64Milli({asOfMs:Int64})
            AND filed_time < log_time - INTERVAL 1 DAY
        GROUP BY tenant_id
    ) AS behind ON behind.tenant_id = k.tenant_id`;

/** Keys as (tenant_id, key_id) whose creation carries one of {quietTags}. */
export const QUIET_TAGGED = `
    SELECT tenant_id, key_id
    FROM {{database}}.key_events
    WHERE type = 'keywatch.key.created.v1' AND hasAny(JSONExtract(data, 'tags', 'Array(String)'), {quietTags:Array(String)})`;

/** What was told before: (tenant_id, key_id, lane, window). */
export const toldOf = (rule: string): string =>
  `SELECT tenant_id, key_id, lane, window FROM {{database}}.alerts WHERE rule = '${rule}'`;
