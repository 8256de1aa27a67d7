import { REFUSED_IN_SQL } from '../rules/authentication/refusals.js';
import {
  addressText,
  FROM_ADDRESSES,
  NEW_SINCE,
  notGateway,
  UNKNOWN_KEY,
} from './shared/addresses.sql.js';
import { fullestWindow } from './shared/fullest-window.sql.js';
import { toldOf } from './shared/keys-as-of.sql.js';

const LONG_TERM_KEYS = `NOT ${UNKNOWN_KEY}
        AND (tenant_id, key_id) NOT IN (SELECT tenant_id, key_id FROM {{database}}.keys WHERE kind = 'temporary')`;

/** The day of a use, and the one before where a window that begins there may reach it. */
const DAYS_OF_WINDOWS =
  'arrayDistinct([toDate(filed_time), toDate(filed_time - toIntervalMillisecond({windowMs:Int64} - 1))])';

/** Days of each address on which windows begin that its new uses are in, and the days that such windows reach. */
const CHANGED = `
                    SELECT DISTINCT tenant_id, lane, source_address,
                        arrayJoin(arrayDistinct(arrayConcat(${DAYS_OF_WINDOWS}, [toDate(filed_time) + 1])))
                    FROM {{database}}.key_events
                    WHERE ${FROM_ADDRESSES} AND ${NEW_SINCE}`;

/** Those of them with enough keys on a whole day: few are left for the closer look. */
const BUSY = `
                SELECT tenant_id, lane, source_address, arrayJoin([day, day + 1])
                FROM
                (
                    SELECT tenant_id, lane, source_address, arrayJoin(${DAYS_OF_WINDOWS}) AS day
                    FROM {{database}}.key_events
                    WHERE ${FROM_ADDRESSES} AND NOT ${UNKNOWN_KEY}
                        AND (tenant_id, lane, source_address, toDate(filed_time)) IN (${CHANGED}
                        )
                    GROUP BY tenant_id, lane, source_address, day
                    HAVING uniqExact(key_id) >= {keys:UInt32} AND ${notGateway('source_address')}
                )`;

/**
 * By the day on which windows begin: first and last use of each key in each piece of a day as long as a window. What
 * lies between changes nothing, for two uses of a piece are in one window anyway.
 */
const PIECES = `
        SELECT tenant_id, lane, source_address, key_id, day, min(ms) AS first_ms, max(ms) AS last_ms
        FROM
        (
            SELECT tenant_id, lane, source_address, key_id, toUnixTimestamp64Milli(filed_time) AS ms,
                toDate(filed_time) AS own_day, arrayJoin(${DAYS_OF_WINDOWS}) AS day
            FROM {{database}}.key_events
            WHERE ${FROM_ADDRESSES}
                AND (tenant_id, lane, source_address, toDate(filed_time)) IN (${BUSY}
                )
                AND ${LONG_TERM_KEYS}
        )
        GROUP BY tenant_id, lane, source_address, key_id, day, own_day, intDiv(ms, {windowMs:Int64})`;

/** A window with the most keys of each day and address. Uses of a key that are closer than a window share a stretch. */
const FULLEST = `
    SELECT tenant_id, lane, source_address, day,
        arraySort(groupArray((key_id, first_ms, last_ms))) AS pieces,
        arrayPushFront(arrayPopBack(pieces), ('', toInt64(0), toInt64(0))) AS before,
        arrayPushBack(arrayPopFront(pieces), ('', toInt64(0), toInt64(0))) AS after,
        arrayFilter((p, b) -> p.1 != b.1 OR p.2 - b.3 >= {windowMs:Int64}, pieces, before) AS opening,
        arrayFilter((p, a) -> p.1 != a.1 OR a.2 - p.3 >= {windowMs:Int64}, pieces, after) AS closing,
        ${fullestWindow('opening.2', 'closing.3', 'pieces.3')} AS fullest,
        fullest.1 AS key_count, -fullest.2 AS from_ms
    FROM (${PIECES}
    )
    GROUP BY tenant_id, lane, source_address, day
    HAVING key_count >= {keys:UInt32}`;

/** Days on which so many keys came from one address within a window, each with what that window holds. */
export const ONE_ADDRESS_MANY_KEYS = `
SELECT tenant_id, lane, ${addressText('source_address')} AS address, toString(day) AS window,
    key_count, from_ms, count() AS requests, countIf(${REFUSED_IN_SQL}) AS refused,
    max(toUnixTimestamp64Milli(filed_time)) AS last_ms,
    arraySlice(arraySort(groupUniqArray(key_id)), 1, 50) AS keys,
    arraySlice(arraySort(groupUniqArray(user_agent)), 1, 5) AS agents
FROM (
    SELECT tenant_id, lane, source_address, filed_time, key_id, user_agent, status, outcome
    FROM {{database}}.key_events
    WHERE ${FROM_ADDRESSES}
        AND ${LONG_TERM_KEYS}
) AS e
INNER JOIN
(
    SELECT tenant_id, lane, source_address, day, key_count, from_ms
    FROM (${FULLEST}
    )
    WHERE (tenant_id, ${addressText('source_address')}, lane, toString(day)) NOT IN (${toldOf('one-address-many-keys')})
    ORDER BY from_ms, tenant_id, lane, source_address
    LIMIT {maxFindings:UInt32}
) AS due USING (tenant_id, lane, source_address)
WHERE toUnixTimestamp64Milli(filed_time) BETWEEN from_ms AND from_ms + {windowMs:Int64} - 1
GROUP BY tenant_id, lane, source_address, day, key_count, from_ms
ORDER BY from_ms, tenant_id, lane, address`;
