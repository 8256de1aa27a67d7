import { KEYS_AS_OF, toldOf } from './shared/keys-as-of.sql.js';

/**
 * Keys whose secret has passed a milestone that was not raised, the oldest first, each with who called lately. Age is
 * as of `as_of_ms` minus the later of creation and last rotation; where neither was seen, minus the first use. A key
 * of which neither a creation nor a rotation nor a successful use was seen is none that anybody issued.
 */
export const STALE_KEYS = `
WITH due AS
(
    SELECT tenant_id, key_id, lane, as_of_ms, secret_version, plan, owner_id, owner_email, owner_team, requests, last_used_ms,
        created_ms = 0 AND rotated_ms = 0 AS at_least,
        if(at_least, first_used_ms, greatest(created_ms, rotated_ms)) AS since_ms,
        intDiv(as_of_ms - since_ms, 86400000) AS age_days,
        toInt64(if(has({plans:Array(String)}, lower(plan)),
            {planLimits:Array(UInt32)}[indexOf({plans:Array(String)}, lower(plan))], {limitDays:UInt32})) AS limit_days,
        arrayMax(day -> if(day <= age_days, day, 0), [0, limit_days - {noticeDaysBefore:UInt32}, limit_days,
            limit_days + {overdueDaysAfter:UInt32}, toInt64({longDays:UInt32})]) AS milestone_days,
        concat(multiIf(
            secret_version > 0, concat('v', toString(secret_version)),
            rotated_ms > 0, concat('r', toString(toDate(fromUnixTimestamp64Milli(rotated_ms, 'UTC')))),
            'v0'), '/', toString(milestone_days), 'd') AS window
    FROM (${KEYS_AS_OF}
    )
    WHERE usable AND greatest(created_ms, rotated_ms, succeeded_ms) > 0 AND since_ms > 0 AND milestone_days > 0
        AND (tenant_id, key_id, lane, window) NOT IN (${toldOf('stale-key')})
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
)
SELECT due.*,
    countIf(c.latest_ms > as_of_ms - {callersDays:UInt32} * 86400000) AS caller_count,
    arrayMap(caller -> (caller.2, caller.3, caller.4, caller.5), groupArraySortedIf(10)(
        (-c.latest_ms, c.environment, c.address_block, c.user_agent, c.calls),
        c.latest_ms > as_of_ms - {callersDays:UInt32} * 86400000)) AS callers
FROM due
LEFT JOIN recent_callers AS c ON c.tenant_id = due.tenant_id AND c.key_id = due.key_id
GROUP BY ALL
ORDER BY age_days DESC, tenant_id, key_id`;
