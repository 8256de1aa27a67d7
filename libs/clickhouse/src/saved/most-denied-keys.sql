-- title: The keys with the most answers 401 (not known) and 403 (not allowed)
-- param days UInt32 = 7: days back from now
-- param rows UInt32 = 20: rows at most
-- param tenant String = : only this tenant; empty: any
SELECT tenant_id, key_id, countIf(status = 401) AS not_known, countIf(status = 403) AS not_allowed, count() AS all_requests,
    uniqExactIf(source_ip, status IN (401, 403)) AS addresses, maxIf(time, status IN (401, 403)) AS last_denied
FROM requests
WHERE time >= now64(3) - toIntervalDay({days:UInt32})
  AND ({tenant:String} = '' OR tenant_id = {tenant:String})
GROUP BY tenant_id, key_id
HAVING not_known + not_allowed > 0
ORDER BY not_known DESC, not_allowed DESC, tenant_id, key_id
LIMIT {rows:UInt32}
