import { describe, expect, it } from '@jest/globals';
import { usageReport } from './usage.report.js';

const NOW = Date.UTC(2026, 10, 24, 12);

describe('SQL of usage', () => {
  it('all there is, by key, over the raw events', () => {
    const { query } = usageReport.prepare({}, NOW);
    expect(query.params).toEqual({});
    expect(query.sql)
      .toBe(`SELECT tenantId, keyId, requests, errors, denied, rateLimited, bytesOut, latencyMsAvg, firstUsed, lastUsed, userAgents, endpoints, sourceAddresses
FROM
(
SELECT tenant_id AS tenantId,
    key_id AS keyId,
    count() AS requests,
    countIf(status >= 400) AS errors,
    countIf(status IN (401, 403)) AS denied,
    countIf(status = 429) AS rateLimited,
    sum(bytes_out) AS bytesOut,
    if(sum(toFloat64(latency_ms)) = 0, NULL, round(sum(toFloat64(latency_ms)) / count(), 3)) AS latencyMsAvg,
    concat(replaceOne(toString(min(time)), ' ', 'T'), 'Z') AS firstUsed,
    concat(replaceOne(toString(max(time)), ' ', 'T'), 'Z') AS lastUsed,
    uniqExactIf(user_agent, user_agent != '') AS userAgents,
    uniqExactIf(endpoint, endpoint != '') AS endpoints,
    uniqExactIf(source_ip, source_ip != '') AS sourceAddresses
FROM (
SELECT tenant_id, key_id, lane, environment, filed_time AS time, status, bytes_out, latency_ms, user_agent, endpoint, source_ip
FROM {{database}}.key_events
WHERE type = 'keywatch.key.request-made.v1'
) AS requests_made
GROUP BY tenantId, keyId
)
ORDER BY requests DESC, tenantId, keyId`);
  });

  it('a range, filters and a page over the raw events', () => {
    const { query } = usageReport.prepare(
      {
        from: '2026-11-23',
        to: '2026-11-24T12:07:00Z',
        groupBy: 'hour',
        tenant: ['acme', 'zeta'],
        environment: '',
        limit: '10',
        cursor: 'WyJ1c2FnZS9ob3VyIiwiMjAyNi0xMS0yM1QxMDowMDowMC4wMDBaIl0',
      },
      NOW,
    );
    expect(query.params).toEqual({
      from: '2026-11-23 00:00:00.000',
      to: '2026-11-24 12:07:00.000',
      tenant: ['acme', 'zeta'],
      environment: [''],
      after0: '2026-11-23T10:00:00.000Z',
      rows: 11,
    });
    expect(query.sql)
      .toBe(`SELECT hour, requests, errors, denied, rateLimited, bytesOut, latencyMsAvg, firstUsed, lastUsed, userAgents, endpoints, sourceAddresses
FROM
(
SELECT concat(replaceOne(toString(toDateTime64(toStartOfHour(time), 3, 'UTC')), ' ', 'T'), 'Z') AS hour,
    count() AS requests,
    countIf(status >= 400) AS errors,
    countIf(status IN (401, 403)) AS denied,
    countIf(status = 429) AS rateLimited,
    sum(bytes_out) AS bytesOut,
    if(sum(toFloat64(latency_ms)) = 0, NULL, round(sum(toFloat64(latency_ms)) / count(), 3)) AS latencyMsAvg,
    concat(replaceOne(toString(min(time)), ' ', 'T'), 'Z') AS firstUsed,
    concat(replaceOne(toString(max(time)), ' ', 'T'), 'Z') AS lastUsed,
    uniqExactIf(user_agent, user_agent != '') AS userAgents,
    uniqExactIf(endpoint, endpoint != '') AS endpoints,
    uniqExactIf(source_ip, source_ip != '') AS sourceAddresses
FROM (
SELECT tenant_id, key_id, lane, environment, filed_time AS time, status, bytes_out, latency_ms, user_agent, endpoint, source_ip
FROM {{database}}.key_events
WHERE type = 'keywatch.key.request-made.v1'
  AND filed_time >= {from:DateTime64(3, 'UTC')}
  AND filed_time < {to:DateTime64(3, 'UTC')}
  AND tenant_id IN {tenant:Array(String)}
  AND environment IN {environment:Array(String)}
) AS requests_made
GROUP BY hour
)
WHERE ((hour > {after0:String}))
ORDER BY hour
LIMIT {rows:UInt64}`);
  });

  it('sums by owner: whole hours and five minutes from rollups, the borders from raw events', () => {
    const { query } = usageReport.prepare(
      {
        from: '2026-11-23T22:10:30Z',
        to: '2026-11-24T12:07:00Z',
        groupBy: 'owner',
        distinct: 'false',
        lane: 'live',
      },
      NOW,
    );
    expect(query.params).toEqual({
      usage_1h_0_from: '2026-11-23 23:00:00.000',
      usage_1h_0_to: '2026-11-24 12:00:00.000',
      usage_5m_0_from: '2026-11-23 22:15:00.000',
      usage_5m_0_to: '2026-11-23 23:00:00.000',
      usage_5m_1_from: '2026-11-24 12:00:00.000',
      usage_5m_1_to: '2026-11-24 12:05:00.000',
      key_events_0_from: '2026-11-23 22:10:30.000',
      key_events_0_to: '2026-11-23 22:15:00.000',
      key_events_1_from: '2026-11-24 12:05:00.000',
      key_events_1_to: '2026-11-24 12:07:00.000',
      lane: ['live'],
    });
    expect(query.sql)
      .toBe(`SELECT owner, requests, errors, denied, rateLimited, bytesOut, latencyMsAvg, firstUsed, lastUsed
FROM
(
SELECT owner,
    sum(n) AS requests,
    sum(failed) AS errors,
    sum(refused) AS denied,
    sum(limited) AS rateLimited,
    sum(bytes) AS bytesOut,
    if(sum(latency) = 0, NULL, round(sum(latency) / sum(n), 3)) AS latencyMsAvg,
    concat(replaceOne(toString(min(first)), ' ', 'T'), 'Z') AS firstUsed,
    concat(replaceOne(toString(max(last)), ' ', 'T'), 'Z') AS lastUsed
FROM (
SELECT tenant_id, key_id, lane, environment, toDateTime64(bucket, 3, 'UTC') AS time, requests AS n, errors AS failed,
    denied AS refused, rate_limited AS limited, bytes_out AS bytes, latency_ms_sum AS latency, first_used AS first, last_used AS last
FROM {{database}}.usage_1h
WHERE (bucket >= {usage_1h_0_from:DateTime64(3, 'UTC')} AND bucket < {usage_1h_0_to:DateTime64(3, 'UTC')})
  AND lane IN {lane:Array(String)}
UNION ALL
SELECT tenant_id, key_id, lane, environment, toDateTime64(bucket, 3, 'UTC') AS time, requests AS n, errors AS failed,
    denied AS refused, rate_limited AS limited, bytes_out AS bytes, latency_ms_sum AS latency, first_used AS first, last_used AS last
FROM {{database}}.usage_5m
WHERE ((bucket >= {usage_5m_0_from:DateTime64(3, 'UTC')} AND bucket < {usage_5m_0_to:DateTime64(3, 'UTC')}) OR (bucket >= {usage_5m_1_from:DateTime64(3, 'UTC')} AND bucket < {usage_5m_1_to:DateTime64(3, 'UTC')}))
  AND lane IN {lane:Array(String)}
UNION ALL
SELECT tenant_id, key_id, lane, environment, filed_time AS time, toUInt64(1) AS n, toUInt64(status >= 400) AS failed,
    toUInt64(status IN (401, 403)) AS refused, toUInt64(status = 429) AS limited, bytes_out AS bytes, toFloat64(latency_ms) AS latency, filed_time AS first, filed_time AS last
FROM {{database}}.key_events
WHERE type = 'keywatch.key.request-made.v1'
  AND ((filed_time >= {key_events_0_from:DateTime64(3, 'UTC')} AND filed_time < {key_events_0_to:DateTime64(3, 'UTC')}) OR (filed_time >= {key_events_1_from:DateTime64(3, 'UTC')} AND filed_time < {key_events_1_to:DateTime64(3, 'UTC')}))
  AND lane IN {lane:Array(String)}
) AS requests_made
LEFT JOIN
(
SELECT tenant_id, key_id, multiIf(owner_id != '', owner_id, owner_email != '', owner_email, owner_team) AS owner
FROM {{database}}.keys
) AS owners USING (tenant_id, key_id)
GROUP BY owner
)
ORDER BY requests DESC, owner`);
  });

  it('an empty range is a question without rows', () => {
    const { query } = usageReport.prepare(
      { from: '2026-11-24', to: '2026-11-24', distinct: 'false', groupBy: 'lane' },
      NOW,
    );
    expect(query.params).toEqual({});
    expect(query.sql)
      .toBe(`SELECT lane, requests, errors, denied, rateLimited, bytesOut, latencyMsAvg, firstUsed, lastUsed
FROM
(
SELECT lane,
    sum(n) AS requests,
    sum(failed) AS errors,
    sum(refused) AS denied,
    sum(limited) AS rateLimited,
    sum(bytes) AS bytesOut,
    if(sum(latency) = 0, NULL, round(sum(latency) / sum(n), 3)) AS latencyMsAvg,
    concat(replaceOne(toString(min(first)), ' ', 'T'), 'Z') AS firstUsed,
    concat(replaceOne(toString(max(last)), ' ', 'T'), 'Z') AS lastUsed
FROM (
SELECT tenant_id, key_id, lane, environment, toDateTime64(bucket, 3, 'UTC') AS time, requests AS n, errors AS failed,
    denied AS refused, rate_limited AS limited, bytes_out AS bytes, latency_ms_sum AS latency, first_used AS first, last_used AS last
FROM {{database}}.usage_1h
WHERE false
) AS requests_made
GROUP BY lane
)
ORDER BY requests DESC, lane`);
  });
});
