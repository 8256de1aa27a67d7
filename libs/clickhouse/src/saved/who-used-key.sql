-- title: Who used a key, from where, with what
-- param key String: public name of the key
-- param days UInt32 = 7: days back from now
-- param tenant String = : only this tenant; empty: any
SELECT source_ip, user_agent, environment, count() AS requests, countIf(status >= 400) AS errors,
    min(time) AS first_used, max(time) AS last_used
FROM requests
WHERE key_id = {key:String} AND time >= now64(3) - toIntervalDay({days:UInt32})
  AND ({tenant:String} = '' OR tenant_id = {tenant:String})
GROUP BY source_ip, user_agent, environment
ORDER BY requests DESC, source_ip, user_agent, environment
