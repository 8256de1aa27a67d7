import { describe, expect, it } from '@jest/globals';
import { alertsQuery } from './alerts.query.js';

const NOW = Date.UTC(2026, 10, 24, 12);

describe('SQL of alerts', () => {
  it('all', () => {
    const { query } = alertsQuery.prepare({}, NOW);
    expect(query.params).toEqual({});
    expect(query.sql)
      .toBe(`SELECT alertId, fingerprint, rule, ruleVersion, severity, tenantId, lane, keyId, window, title, sentence, firstOccurredAt, lastOccurredAt, firstDetectedAt, lastDetectedAt, tellings, historical, source, facts, firstEventId, lastEventId, ownerId, ownerEmail, ownerTeam, status, statusWhy, acknowledgedBy, acknowledgedAt, resolvedBy, resolvedAt, comments, silencedBy
FROM
(
SELECT alert_id AS alertId, fingerprint, rule, rule_version AS ruleVersion, severity, tenant_id AS tenantId, lane,
    key_id AS keyId, window, title, sentence,
    concat(replaceOne(toString(first_occurred_at), ' ', 'T'), 'Z') AS firstOccurredAt, concat(replaceOne(toString(last_occurred_at), ' ', 'T'), 'Z') AS lastOccurredAt,
    concat(replaceOne(toString(first_detected_at), ' ', 'T'), 'Z') AS firstDetectedAt, concat(replaceOne(toString(last_detected_at), ' ', 'T'), 'Z') AS lastDetectedAt,
    tellings, toBool(historical) AS historical, source, facts, first_event_id AS firstEventId, last_event_id AS lastEventId,
    owner_id AS ownerId, owner_email AS ownerEmail, owner_team AS ownerTeam,
    status, status_why AS statusWhy, acknowledged_by AS acknowledgedBy, concat(replaceOne(toString(acknowledged_at), ' ', 'T'), 'Z') AS acknowledgedAt,
    resolved_by AS resolvedBy, concat(replaceOne(toString(resolved_at), ' ', 'T'), 'Z') AS resolvedAt, comments, arrayStringConcat(silenced_by, ',') AS silencedBy
FROM {{database}}.alerts
)
ORDER BY lastDetectedAt DESC, tenantId, alertId`);
  });

  it('filters', () => {
    const { query } = alertsQuery.prepare(
      {
        since: '2026-11-01',
        until: '2026-11-02',
        severity: 'high',
        rule: 'stale-key',
        historical: 'false',
        status: ['open', 'acknowledged'],
        silenced: 'false',
        key: ['a', 'b'],
        limit: '5',
      },
      NOW,
    );
    expect(query.params).toEqual({
      since: '2026-11-01 00:00:00.000',
      until: '2026-11-02 00:00:00.000',
      rule: ['stale-key'],
      severity: ['high', 'critical'],
      key: ['a', 'b'],
      status: ['open', 'acknowledged'],
      rows: 6,
    });
    expect(query.sql)
      .toBe(`SELECT alertId, fingerprint, rule, ruleVersion, severity, tenantId, lane, keyId, window, title, sentence, firstOccurredAt, lastOccurredAt, firstDetectedAt, lastDetectedAt, tellings, historical, source, facts, firstEventId, lastEventId, ownerId, ownerEmail, ownerTeam, status, statusWhy, acknowledgedBy, acknowledgedAt, resolvedBy, resolvedAt, comments, silencedBy
FROM
(
SELECT alert_id AS alertId, fingerprint, rule, rule_version AS ruleVersion, severity, tenant_id AS tenantId, lane,
    key_id AS keyId, window, title, sentence,
    concat(replaceOne(toString(first_occurred_at), ' ', 'T'), 'Z') AS firstOccurredAt, concat(replaceOne(toString(last_occurred_at), ' ', 'T'), 'Z') AS lastOccurredAt,
    concat(replaceOne(toString(first_detected_at), ' ', 'T'), 'Z') AS firstDetectedAt, concat(replaceOne(toString(last_detected_at), ' ', 'T'), 'Z') AS lastDetectedAt,
    tellings, toBool(historical) AS historical, source, facts, first_event_id AS firstEventId, last_event_id AS lastEventId,
    owner_id AS ownerId, owner_email AS ownerEmail, owner_team AS ownerTeam,
    status, status_why AS statusWhy, acknowledged_by AS acknowledgedBy, concat(replaceOne(toString(acknowledged_at), ' ', 'T'), 'Z') AS acknowledgedAt,
    resolved_by AS resolvedBy, concat(replaceOne(toString(resolved_at), ' ', 'T'), 'Z') AS resolvedAt, comments, arrayStringConcat(silenced_by, ',') AS silencedBy
FROM {{database}}.alerts
WHERE last_detected_at >= {since:DateTime64(3, 'UTC')}
  AND first_detected_at < {until:DateTime64(3, 'UTC')}
  AND NOT historical
  AND empty(silenced_by)
  AND rule IN {rule:Array(String)}
  AND severity IN {severity:Array(String)}
  AND key_id IN {key:Array(String)}
  AND status IN {status:Array(String)}
)
ORDER BY lastDetectedAt DESC, tenantId, alertId
LIMIT {rows:UInt64}`);
  });
});

describe('an alert row', () => {
  const prepared = alertsQuery.prepare({}, NOW);
  it.each([
    ['an object', '{"a":[1]}', { a: [1] }],
    ['nothing', '', {}],
    ['no object', '[1]', { unreadable: '[1]' }],
    ['no JSON', '{', { unreadable: '{' }],
  ])('has facts as an object, also where they were %s', (_, facts, parsed) => {
    expect(prepared.read({ alertId: 'x', facts })).toEqual({ alertId: 'x', facts: parsed });
  });
});
