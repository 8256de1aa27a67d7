/**
 * Keys whose secret has passed a milestone that was not raised, the oldest first, each with who called lately. Age is
 * as of `asOfMs` minus the later of creation and last rotation; where neither was seen, minus the first use.
 */
export const STALE_KEYS = `
WITH due AS
(
    SELECT tenant_id, key_id, if(live, 'live', import_lane) AS lane, secret_version, plan, owner_id, owner_email, owner_team,
        requests, ifNull(toUnixTimestamp64Milli(last_used), 0) AS last_used_ms,
        created_at IS NULL AND last_rotated_at IS NULL AS at_least,
        toUnixTimestamp64Milli(if(at_least, first_used,
            greatest(ifNull(created_at, last_rotated_at), ifNull(last_rotated_at, created_at)))) AS since_ms,
        intDiv({asOfMs:Int64} - since_ms, 86400000) AS age_days,
        toInt64(if(has({plans:Array(String)}, lower(plan)),
            {planLimits:Array(UInt32)}[indexOf({plans:Array(String)}, lower(plan))], {limitDays:UInt32})) AS limit_days,
        arrayMax(day -> if(day <= age_days, day, 0), [0, limit_days - {noticeDaysBefore:UInt32}, limit_days,
            limit_days + {overdueDaysAfter:UInt32}, toInt64({longDays:UInt32})]) AS milestone_days,
        concat(multiIf(
            secret_version > 0, concat('v', toString(secret_version)),
            last_rotated_at IS NOT NULL, concat('r', toString(toDate(assumeNotNull(last_rotated_at), 'UTC'))),
            'v0'), '/', toString(milestone_days), 'd') AS window
    FROM {{database}}.keys
    WHERE revoked_at IS NULL AND disabled = 0 AND kind != 'temporary'
        AND (expires_at IS NULL OR toUnixTimestamp64Milli(expires_at) > {asOfMs:Int64})
        AND since_ms IS NOT NULL AND milestone_days > 0
        AND (tenant_id, key_id, lane, window) NOT IN
            (SELECT tenant_id, key_id, lane, window FROM {{database}}.alerts WHERE rule = 'stale-key')
    ORDER BY age_days DESC, tenant_id, key_id
    LIMIT {maxFindings:UInt32}
),
recent_callers AS
(
    SELECT tenant_id, key_id, environment, address_block, user_agent,
        sum(requests) AS calls, max(toUnixTimestamp64Milli(last_used)) AS latest_ms
    FROM {{database}}.callers
    WHERE (tenant_id, key_id) IN (SELECT tenant_id, key_id FROM due)
    GROUP BY tenant_id, key_id, environment, address_block, user_agent
    HAVING latest_ms > {asOfMs:Int64} - {callersDays:UInt32} * 86400000
)
SELECT due.*, callers.caller_count AS caller_count, callers.latest AS callers
FROM due
LEFT JOIN
(
    SELECT tenant_id, key_id, count() AS caller_count,
        arrayMap(c -> (c.2, c.3, c.4, c.5), groupArraySorted(10)((-latest_ms, environment, address_block, user_agent, calls))) AS latest
    FROM recent_callers
    GROUP BY tenant_id, key_id
) AS callers ON callers.tenant_id = due.tenant_id AND callers.key_id = due.key_id
ORDER BY age_days DESC, tenant_id, key_id`;
