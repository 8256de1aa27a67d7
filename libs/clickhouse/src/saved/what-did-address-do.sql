-- title: What an address did: with which keys, where, with what success
-- param address String: source address, IPv4 or IPv6, or a network such as 203.0.113.0/24
-- param days UInt32 = 7: days back from now
SELECT tenant_id, key_id, source_ip, endpoint, count() AS requests, countIf(status < 400) AS succeeded,
    countIf(status IN (401, 403)) AS denied, min(time) AS first_seen, max(time) AS last_seen
FROM requests
WHERE time >= now64(3) - toIntervalDay({days:UInt32})
  AND if(position({address:String}, '/') = 0, source_ip = {address:String},
    source_address != toIPv6('::') AND isIPAddressInRange(source_ip, if(position({address:String}, '/') = 0, '0.0.0.0/32', {address:String})))
GROUP BY tenant_id, key_id, source_ip, endpoint
ORDER BY requests DESC, tenant_id, key_id, source_ip, endpoint
