-- title: The keys with the most requests
-- param days UInt32 = 7: days back from now, in whole hours
-- param rows UInt32 = 20: rows at most
-- param tenant String = : only this tenant; empty: any
SELECT tenant_id, key_id, sum(requests) AS total, sum(errors) AS failed,
    round(100 * failed / total, 1) AS failed_percent, max(last_used) AS last_seen
FROM usage_by_hour
WHERE hour >= toStartOfHour(now()) - toIntervalDay({days:UInt32})
  AND ({tenant:String} = '' OR tenant_id = {tenant:String})
GROUP BY tenant_id, key_id
ORDER BY total DESC, tenant_id, key_id
LIMIT {rows:UInt32}
