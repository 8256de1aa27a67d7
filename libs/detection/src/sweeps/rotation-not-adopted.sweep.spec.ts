import { describe, expect, it } from '@jest/globals';
import { decodeAlertEvent, encodeAlertEvent } from '@keywatch/events';
import { ms } from '../spec-kit/index.js';
import { alertsOfRow } from '../sweep.js';
import { rotationNotAdopted } from './rotation-not-adopted.sweep.js';

const asOfMs = ms('2026-03-19T23:59:59.999Z');
const settings = rotationNotAdopted.settings.parse({});
const ROW = {
  tenant_id: 'acme',
  lane: 'live',
  key_id: 'ak_1',
  owner_id: '',
  owner_email: 'ada@example.org',
  owner_team: '',
  window: 'v2/50%',
  percent: 50,
  version: 2,
  rotated_ms: ms('2026-03-10T00:00Z'),
  grace_ends_ms: ms('2026-03-20T00:00Z'),
  from_ms: ms('2026-03-13T00:00Z'),
  milestone_ms: ms('2026-03-15T00:00Z'),
  requests: 40,
  old_requests: 10,
  last_old_ms: ms('2026-03-14T23:00Z'),
  caller_count: 1,
  unmoved_count: 1,
  callers: [['production', '192.0.2.0/24', '', 10, 0]],
};
const eventOf = (over: object = {}, at = asOfMs) => {
  const [event] = alertsOfRow(rotationNotAdopted, { ...ROW, ...over }, settings, { asOfMs: at });
  if (event === undefined) throw new Error('no alert');
  return event;
};

describe('rotation-not-adopted tells', () => {
  it('the owner which share is left, of whom, and until when', () => {
    const { alert } = eventOf();
    expect(alert).toMatchObject({
      severity: 'low',
      keyId: 'ak_1',
      window: 'v2/50%',
      occurredAt: '2026-03-15T00:00:00.000Z',
      owner: { email: 'ada@example.org' },
      sentence:
        'Key ak_1 was rotated to version 2 at 2026-03-10 00:00:00 UTC; at 50 % of its grace 25 % of its requests (10 of ' +
        '40) still came with an old secret, from 1 caller, which has not used the new one. Move them before 2026-03-20 00:00:00 UTC: then they fail.',
    });
    expect(alert.evidence.facts['callers']).toEqual([
      'production | 192.0.2.0/24 | unknown | 10 requests with an old secret | none with the new one yet',
    ]);
    expect(alert.evidence.query).toContain('secret_version BETWEEN 1 AND 1');
    expect(alert.evidence.query).toContain("time >= '2026-03-13 00:00:00.001'");
    expect(alert.evidence.query).toContain("time <= '2026-03-15 00:00:00.000'");
  });

  it('how many callers have not moved at all, and how many are on the way', () => {
    const sentence = (caller_count: number, unmoved_count: number) =>
      eventOf({ caller_count, unmoved_count }).alert.sentence;
    expect(sentence(3, 0)).toContain('from 3 callers, which use both. ');
    expect(sentence(3, 3)).toContain('from 3 callers, which have not used the new one. ');
    expect(sentence(3, 1)).toContain('from 3 callers, of which 1 has not used the new one. ');
  });

  it('that the grace is over where it is, as after a backlog', () => {
    const late = eventOf({}, ROW.grace_ends_ms);
    expect(late.alert.sentence).toMatch(
      /not used the new one\. The grace ended at 2026-03-20 00:00:00 UTC: give them the new secret now, they fail since then\.$/,
    );
    expect(late.id).toBe(eventOf().id);
  });

  it('the same alert event for the same milestone, and one the contract accepts', () => {
    const event = eventOf();
    expect(eventOf({ requests: 41, old_requests: 11 }).id).toBe(event.id);
    expect(eventOf({ window: 'v2/80%' }).id).not.toBe(event.id);
    const { value } = encodeAlertEvent(event);
    expect(decodeAlertEvent({ value: Buffer.from(value) })).toEqual({ kind: 'ok', event });
  });
});

describe('the query of rotation-not-adopted', () => {
  it('gives every value as a parameter, and no parameter without a value', () => {
    const { query, params } = rotationNotAdopted.sql(settings, { asOfMs });
    const named = [...query.matchAll(/\{(\w+):[\w()]+\}/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(Object.keys(params).sort());
    expect(params).toEqual({
      sharePercent: 25,
      minRequests: 5,
      milestonePercents: [50, 80],
      lookedAtPercent: 10,
      lookBackDays: 7,
      asOfMs,
      maxFindings: 1000,
    });
    expect(query).not.toMatch(/\b(now|now64|today|yesterday)\s*\(/);
  });
});
