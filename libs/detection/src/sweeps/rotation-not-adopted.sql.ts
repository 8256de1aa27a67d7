import { REQUEST_MADE } from '@keywatch/events';
import { networkOf } from './shared/addresses.sql.js';
import { HAS_TIME } from './shared/has-time.sql.js';
import { toldOf } from './shared/keys-as-of.sql.js';

/** What is known of each key that was rotated. Times in ms. */
const LIVES = `
            SELECT tenant_id, lane, key_id,
                groupUniqArrayIf((
                    toUnixTimestamp64Milli(filed_time),
                    toUInt32(if(JSONHas(data, 'secretVersion'), JSONExtractUInt(data, 'secretVersion'), JSONExtractUInt(data, 'previousVersion') + 1)),
                    ifNull(toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(JSONExtractString(data, 'graceEndsAt'), 3, 'UTC')), 0)),
                    type = 'keywatch.key.rotated.v1') AS rotations,
                maxIf(toUnixTimestamp64Milli(log_time), type = 'keywatch.key.rotated.v1') AS arrived_ms,
                minIf(toUnixTimestamp64Milli(filed_time), type = 'keywatch.key.revoked.v1') AS revoked_ms,
                arraySort(groupArrayIf((toUnixTimestamp64Milli(filed_time), event_id, type = 'keywatch.key.disabled.v1'),
                    type IN ('keywatch.key.disabled.v1', 'keywatch.key.enabled.v1'))) AS switches
            FROM {{database}}.key_events
            WHERE type != '${REQUEST_MADE}' AND ${HAS_TIME}
            GROUP BY tenant_id, lane, key_id
            HAVING notEmpty(rotations)`;

/** Milestones that have passed and were not told, of the latest rotation by then of keys that were in use by then. */
const DUE = `
        SELECT tenant_id, lane, key_id, rotation.1 AS rotated_ms, rotation.2 AS version, rotation.3 AS grace_ends_ms, percent,
            rotated_ms + intDiv((grace_ends_ms - rotated_ms) * percent, 100) AS milestone_ms,
            greatest(rotated_ms, milestone_ms - intDiv((grace_ends_ms - rotated_ms) * {lookedAtPercent:UInt32}, 100)) AS from_ms,
            concat('v', toString(version), '/', toString(percent), '%') AS window
        FROM (SELECT *, arrayJoin(rotations) AS rotation, arrayJoin({milestonePercents:Array(UInt32)}) AS percent FROM (${LIVES}
        ))
        WHERE version > 1 AND grace_ends_ms > rotated_ms AND milestone_ms <= {asOfMs:Int64}
            AND greatest(milestone_ms, arrived_ms) > {asOfMs:Int64} - {lookBackDays:UInt32} * 86400000
            AND NOT arrayExists(other -> other.1 > rotated_ms AND other.1 <= milestone_ms, rotations)
            AND (revoked_ms = 0 OR revoked_ms > milestone_ms)
            AND arrayFilter(s -> s.1 <= milestone_ms, switches)[-1].3 = 0
            AND (tenant_id, key_id, lane, window) NOT IN (${toldOf('rotation-not-adopted')})`;

/** Enough requests with an old secret, and enough of all: a roll-out that is nearly through leaves fewer. */
const isBehind = (old: string, all: string): string =>
  `(${old} >= {minRequests:UInt32} AND ${old} * 100 > ${all} * {sharePercent:Float64})`;

/** Rotations that callers have not followed by a milestone of their grace, each with those callers. */
export const ROTATIONS_NOT_ADOPTED = `
SELECT *
FROM
(
    SELECT tenant_id, lane, key_id, window, percent, version, rotated_ms, grace_ends_ms, from_ms, milestone_ms,
        sum(calls) AS requests, sum(old_calls) AS old_requests, max(last_old) AS last_old_ms,
        countIf(old_calls > 0) AS caller_count, countIf(old_calls > 0 AND new_since = 0) AS unmoved_count,
        arrayMap(c -> (c.3, c.4, c.5, -c.2, c.6), groupArraySortedIf(10)(
            (toInt64(new_since > 0), -toInt64(old_calls), environment, address_block, agent, new_since), old_calls > 0)) AS callers
    FROM
    (
        SELECT tenant_id, lane, key_id, window, percent, version, rotated_ms, grace_ends_ms, from_ms, milestone_ms,
            environment, if(source_address = toIPv6('::'), source_ip, ${networkOf('source_address')}) AS address_block,
            substring(user_agent, 1, 256) AS agent,
            countIf(time_ms > from_ms) AS calls, countIf(time_ms > from_ms AND secret_version < version) AS old_calls,
            maxIf(time_ms, secret_version < version) AS last_old, countIf(secret_version < version) AS old_since, countIf(secret_version >= version) AS new_since
        FROM
        (
            SELECT tenant_id, lane, key_id, toUnixTimestamp64Milli(filed_time) AS time_ms, environment, source_ip, source_address,
                user_agent, secret_version
            FROM {{database}}.key_events
            WHERE type = '${REQUEST_MADE}' AND secret_version > 0 AND ${HAS_TIME}
                AND (tenant_id, key_id) IN (SELECT tenant_id, key_id FROM (${DUE}
                ))
        ) AS e
        INNER JOIN (${DUE}
        ) AS due USING (tenant_id, lane, key_id)
        WHERE time_ms > rotated_ms AND time_ms <= milestone_ms
        GROUP BY ALL
    )
    GROUP BY tenant_id, lane, key_id, window, percent, version, rotated_ms, grace_ends_ms, from_ms, milestone_ms
    HAVING ${isBehind('old_requests', 'requests')}
        OR countIf(${isBehind('old_calls', 'calls')}) > 0
        OR countIf(old_calls > 0 AND new_since = 0 AND old_since >= {minRequests:UInt32}) > 0
    ORDER BY milestone_ms, tenant_id, key_id, percent
    LIMIT {maxFindings:UInt32}
) AS behind
LEFT JOIN (SELECT tenant_id, key_id, owner_id, owner_email, owner_team FROM {{database}}.keys) AS owners USING (tenant_id, key_id)
ORDER BY milestone_ms, tenant_id, key_id, percent`;
