-- title: Who calls with a key since it is known: who breaks if it is revoked
-- param key String: public name of the key
-- param tenant String = : only this tenant; empty: any
SELECT address_block, user_agent, environment, sum(requests) AS total, sum(errors) AS failed,
    uniqExact(endpoint) AS endpoints, max(secret_version) AS newest_secret, min(first_used) AS since, max(last_used) AS until
FROM callers
WHERE key_id = {key:String} AND ({tenant:String} = '' OR tenant_id = {tenant:String})
GROUP BY address_block, user_agent, environment
ORDER BY until DESC, address_block, user_agent, environment
