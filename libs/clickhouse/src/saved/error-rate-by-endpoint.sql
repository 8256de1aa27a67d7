-- title: Share of failed requests per endpoint
-- param days UInt32 = 1: days back from now
-- param least UInt32 = 10: requests of an endpoint, at least
-- param tenant String = : only this tenant; empty: any
SELECT endpoint, count() AS requests, countIf(status >= 400 AND status < 500) AS refused, countIf(status >= 500) AS broken,
    round(100 * (refused + broken) / requests, 1) AS error_percent, uniqExact(tenant_id, key_id) AS keys,
    round(quantileExact(0.95)(latency_ms), 1) AS p95_ms
FROM requests
WHERE time >= now64(3) - toIntervalDay({days:UInt32}) AND ({tenant:String} = '' OR tenant_id = {tenant:String})
GROUP BY endpoint
HAVING requests >= {least:UInt32}
ORDER BY error_percent DESC, requests DESC, endpoint
