-- title: Keys in force whose secret is old, the oldest first
-- param days UInt32 = 90: age of the secret in days, at least
-- param tenant String = : only this tenant; empty: any
SELECT tenant_id, key_id, name, owner_email, owner_team, rotation_age_days, rotation_age_at_least, created_at, last_rotated_at,
    last_used
FROM keys
WHERE state = 'active' AND kind != 'temporary' AND rotation_age_days >= {days:UInt32}
  AND ({tenant:String} = '' OR tenant_id = {tenant:String})
ORDER BY rotation_age_days DESC, tenant_id, key_id
