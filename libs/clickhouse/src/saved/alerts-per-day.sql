-- title: Alerts per rule and day, and how many of them are still open
-- param days UInt32 = 30: days back from now
-- param tenant String = : only this tenant; empty: any
SELECT toDate(first_detected_at) AS day, rule, count() AS alerts, countIf(severity >= 'high') AS high_or_critical,
    countIf(status = 'open') AS open, uniqExact(tenant_id, key_id) AS keys
FROM alerts
WHERE NOT historical AND first_detected_at >= now64(3) - toIntervalDay({days:UInt32})
  AND ({tenant:String} = '' OR tenant_id = {tenant:String})
GROUP BY day, rule
ORDER BY day DESC, alerts DESC, rule
