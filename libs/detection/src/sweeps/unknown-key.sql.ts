import {
  addressText,
  FROM_ADDRESSES,
  networkOf,
  notGateway,
  UNKNOWN_KEY,
} from './shared/addresses.sql.js';
import { fullestWindow } from './shared/fullest-window.sql.js';
import { toldOf } from './shared/keys-as-of.sql.js';

/** Days of networks with tries to be judged that were not: of a day's tries the windows of its neighbours may have some. */
const CHANGED = `
                    SELECT DISTINCT tenant_id, lane, ${networkOf('source_address')},
                        arrayJoin([toDate(filed_time) - 1, toDate(filed_time), toDate(filed_time) + 1])
                    FROM {{database}}.key_events
                    WHERE ${FROM_ADDRESSES} AND ${UNKNOWN_KEY}
                        AND greatest(log_time, filed_time + toIntervalMillisecond({forgiveMs:Int64})) > fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')`;

/** Requests with keys that nobody issued, each once. They are judged {forgiveMs} after they were made. */
const TRIES = `
                SELECT tenant_id, lane, source_address, ${networkOf('source_address')} AS network, key_id, user_agent,
                    toUnixTimestamp64Milli(filed_time) AS ms
                FROM {{database}}.key_events
                WHERE ${FROM_ADDRESSES} AND ${UNKNOWN_KEY} AND ${notGateway('source_address')}
                    AND filed_time <= fromUnixTimestamp64Milli({asOfMs:Int64} - {forgiveMs:Int64}, 'UTC')
                    AND (tenant_id, lane, network, toDate(filed_time)) IN (${CHANGED}
                    )
                LIMIT 1 BY identity`;

const SUCCESSES = `
                SELECT tenant_id, lane, source_address, toUnixTimestamp64Milli(filed_time) AS ms
                FROM {{database}}.key_events
                WHERE ${FROM_ADDRESSES} AND NOT ${UNKNOWN_KEY}
                    AND (status BETWEEN 200 AND 299 OR (status = 0 AND outcome = 'allowed'))
                    AND (tenant_id, lane, source_address) IN (SELECT tenant_id, lane, source_address FROM (${TRIES}
                    ))`;

/** By address and by network, and by the day on which windows begin. A success soon after a try forgives it. */
const SUBJECTS = `
        SELECT tenant_id, lane, day, about.1 AS subject, about.2 AS is_network, user_agent, key_id,
            ${addressText('source_address')} AS address, ms, forgiven
        FROM
        (
            SELECT t.tenant_id AS tenant_id, t.lane AS lane, t.source_address AS source_address, t.ms AS ms, t.key_id AS key_id,
                t.user_agent AS user_agent, s.ms > 0 AND s.ms <= t.ms + {forgiveMs:Int64} AS forgiven,
                arrayJoin([(${addressText('t.source_address')}, 0), (t.network, 1)]) AS about,
                arrayJoin(arrayDistinct(arrayMap(at -> toDate(fromUnixTimestamp64Milli(at, 'UTC')), [t.ms, t.ms - {windowMs:Int64} + 1]))) AS day
            FROM (${TRIES}
            ) AS t
            ASOF LEFT JOIN (${SUCCESSES}
            ) AS s ON t.tenant_id = s.tenant_id AND t.lane = s.lane AND t.source_address = s.source_address AND t.ms < s.ms
        )`;

/** Addresses and networks with too many tries within a window, each with what its fullest window holds. */
export const UNKNOWN_KEYS = `
SELECT tenant_id, lane, subject, toString(day) AS window, is_network,
    groupArrayIf(ms, NOT forgiven) AS counted,
    ${fullestWindow('counted', 'counted', 'counted')} AS fullest,
    fullest.1 AS tries, -fullest.2 AS from_ms,
    arrayFilter(t -> t.1 BETWEEN from_ms AND from_ms + {windowMs:Int64} - 1, groupArray((ms, key_id, address, user_agent))) AS inside,
    length(inside) AS requests, arrayMax(t -> t.1, inside) AS last_ms,
    length(arrayDistinct(inside.2)) AS key_count, length(arrayDistinct(inside.3)) AS address_count,
    arraySlice(arraySort(arrayDistinct(inside.3)), 1, 50) AS addresses,
    arraySlice(arraySort(arrayDistinct(inside.4)), 1, 5) AS agents
FROM (${SUBJECTS}
)
GROUP BY tenant_id, lane, day, subject, is_network
HAVING tries >= if(is_network = 1, {networkTries:UInt32}, {addressTries:UInt32})
    AND (is_network = 0 OR uniqExactIf(address, NOT forgiven) > 1)
    AND (tenant_id, subject, lane, window) NOT IN (${toldOf('unknown-key')})
ORDER BY from_ms, tenant_id, lane, subject
LIMIT {maxFindings:UInt32}`;
