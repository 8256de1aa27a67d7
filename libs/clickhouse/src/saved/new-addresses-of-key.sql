-- title: Addresses that have used a key of late and not before
-- param key String: public name of the key
-- param days UInt32 = 7: of late: days back from now
-- param tenant String = : only this tenant; empty: any
SELECT source_ip, min(time) AS first_seen, max(time) AS last_seen, count() AS requests, countIf(status >= 400) AS errors,
    groupUniqArray(5)(user_agent) AS user_agents
FROM requests
WHERE key_id = {key:String} AND ({tenant:String} = '' OR tenant_id = {tenant:String})
GROUP BY source_ip
HAVING first_seen >= now64(3) - toIntervalDay({days:UInt32})
ORDER BY first_seen, source_ip
