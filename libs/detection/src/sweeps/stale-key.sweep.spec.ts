import { describe, expect, it } from '@jest/globals';
import { decodeAlertEvent, encodeAlertEvent } from '@keywatch/events';
import { ms } from '../spec-kit/index.js';
import { alertsOfRow } from '../sweep.js';
import { staleKey } from './stale-key.sweep.js';

const asOfMs = ms('2026-03-17T00:00Z');
const settings = staleKey.settings.parse({});

const ROW = {
  tenant_id: 'acme',
  key_id: 'ak_1',
  lane: 'live',
  secret_version: 3,
  plan: 'pro',
  owner_id: '',
  owner_email: 'ada@example.org',
  owner_team: '',
  requests: 40,
  last_used_ms: ms('2026-03-15T12:00Z'),
  at_least: 0,
  since_ms: ms('2025-12-15T00:00Z'),
  as_of_ms: asOfMs,
  age_days: 92,
  limit_days: 90,
  milestone_days: 90,
  window: 'v3/90d',
  caller_count: 2,
  callers: [
    ['production', '10.0.1.0/24', 'sdk/1.2', 38],
    ['', '', '', 2],
  ],
};

const alertOf = (change: Partial<Record<keyof typeof ROW, unknown>> = {}) => {
  const [event] = alertsOfRow(staleKey, { ...ROW, ...change }, settings, { asOfMs });
  if (event === undefined) throw new Error('no alert');
  return event.alert;
};

describe('stale-key tells', () => {
  it('how old, what to do, and who still calls', () => {
    const alert = alertOf();
    expect(alert).toMatchObject({
      rule: 'stale-key',
      tenantId: 'acme',
      keyId: 'ak_1',
      lane: 'live',
      historical: false,
      window: 'v3/90d',
      severity: 'medium',
      occurredAt: '2026-03-15T00:00:00.000Z',
      detectedAt: '2026-03-17T00:00:00.000Z',
      owner: { id: '', email: 'ada@example.org', team: '' },
    });
    expect(alert.sentence).toBe(
      'The secret of key ak_1 is 92 days old; plan pro allows 90 days. ' +
        'Rotate it: make a new secret, give it to its callers, then end the old one. ' +
        '2 callers used it in the last 30 days, most recently on 15 March 2026: ' +
        'sdk/1.2 from 10.0.1.0/24 in production and an unknown agent.',
    );
    expect(alert.evidence.facts).toEqual({
      ageDays: 92,
      ageIsAtLeast: false,
      since: '2025-12-15T00:00:00.000Z',
      milestoneDays: 90,
      limitDays: 90,
      plan: 'pro',
      owner: 'ada@example.org',
      secretVersion: 3,
      requests: 40,
      lastUsed: '2026-03-15T12:00:00.000Z',
      callerCount: 2,
      callers: [
        'production | 10.0.1.0/24 | sdk/1.2 | 38 requests',
        'unknown | unknown | unknown | 2 requests',
      ],
    });
  });

  it('"at least" where the age counts from the first use', () => {
    expect(alertOf({ at_least: 1, plan: '' }).sentence).toContain(
      'is at least 92 days old (neither its creation nor a rotation was seen, so its age counts from the first use on ' +
        '15 December 2025); the limit is 90 days.',
    );
    expect(alertOf({ at_least: true }).evidence.facts['ageIsAtLeast']).toBe(true);
  });

  it('to revoke what nobody uses', () => {
    expect(alertOf({ caller_count: 0, callers: [] }).sentence).toContain(
      'It was last used on 15 March 2026: revoke it if nobody needs it any more, or rotate it.',
    );
    const never = alertOf({ caller_count: 0, callers: [], last_used_ms: 0, requests: 0 });
    expect(never.sentence).toContain(
      'It was never used: revoke it if nobody needs it, or rotate it.',
    );
    expect(never.evidence.facts).not.toHaveProperty('lastUsed');
  });

  it('the first callers and how many more there are, long agents cut', () => {
    const callers = Array.from({ length: 10 }, (_, i) => [
      'production',
      `10.0.${i}.0/24`,
      'x'.repeat(256),
      1,
    ]);
    const alert = alertOf({ caller_count: 25, callers });
    expect(alert.sentence).toContain('10.0.2.0/24 in production and 22 more.');
    expect(alert.sentence.length).toBeLessThan(800);
    expect(alert.evidence.facts['callers']).toHaveLength(10);
  });

  it.each([
    [75, 90, 'low'],
    [90, 90, 'medium'],
    [120, 90, 'medium'],
    [365, 90, 'high'],
    [165, 180, 'low'],
    [395, 380, 'high'],
  ])('a milestone of %i days under a limit of %i as %s', (milestone, limit, severity) => {
    expect(alertOf({ milestone_days: milestone, limit_days: limit }).severity).toBe(severity);
  });

  it('imports as historical, and up to where they end', () => {
    const alert = alertOf({ lane: 'import-1', as_of_ms: ms('2026-03-17T00:00Z') });
    expect(alert.historical).toBe(true);
    expect(alert.sentence).toMatch(
      /^The secret of key ak_1 was 92 days old at the end of import-1 on 17 March 2026; plan pro/,
    );
  });

  it('the same alert event whenever it is derived again, and one the contract accepts', () => {
    const [first] = alertsOfRow(staleKey, ROW, settings, { asOfMs });
    const [again] = alertsOfRow(staleKey, { ...ROW, age_days: 93 }, settings, {
      asOfMs: asOfMs + 86_400_000,
    });
    expect(again?.id).toBe(first?.id);
    if (first === undefined) throw new Error('no alert');
    const { value } = encodeAlertEvent(first);
    expect(decodeAlertEvent({ value: Buffer.from(value) })).toEqual({ kind: 'ok', event: first });
  });

  it('no owner where none is known', () => {
    expect(alertOf({ owner_email: '' }).owner).toBeUndefined();
  });

  it('a row that is none of its own from one that is', () => {
    expect(() =>
      alertsOfRow(staleKey, { ...ROW, age_days: 'old' }, settings, { asOfMs }),
    ).toThrow();
  });
});

describe('the query of stale-key', () => {
  const { query, params } = staleKey.sql(settings, { asOfMs });

  it('gives every value as a parameter, and no parameter without a value', () => {
    const named = [...query.matchAll(/\{(\w+):[\w()]+\}/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(Object.keys(params).sort());
    expect(params).toEqual({
      asOfMs,
      plans: ['free', 'pro', 'enterprise'],
      planLimits: [180, 90, 90],
      limitDays: 90,
      noticeDaysBefore: 15,
      overdueDaysAfter: 30,
      longDays: 365,
      callersDays: 30,
      maxFindings: 1000,
    });
  });

  it('reads tables of the given database only, and no clock', () => {
    expect(tablesOf(query)).toEqual(['keys', 'key_events', 'key_events', 'alerts', 'callers']);
    expect(query).not.toMatch(/\b(now|now64|today|yesterday)\s*\(/);
  });
});

/** Tables of ours that the query reads; each must be looked up in the given database. */
function tablesOf(sql: string): string[] {
  const tables = [...sql.matchAll(/(?:FROM|JOIN)\s+([\w.{}]+)/g)].map(([, table = '']) => table);
  const ours = tables.filter((table) => table.startsWith('{{database}}.'));
  expect(tables.filter((table) => !ours.includes(table))).toEqual(['due', 'due', 'recent_callers']);
  return ours.map((table) => table.slice('{{database}}.'.length));
}
