import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AlertEvent } from '@keywatch/events';
import { SpecStore, startSpecEngine, type SpecEngine } from '@keywatch/testing';
import {
  created,
  disabled,
  enabled,
  ms,
  revoked,
  rotated,
  used,
  type Arrival,
} from '../spec-kit/index.js';
import { alertsOfRow, type Sweep } from '../sweep.js';
import { neverUsedKey } from './never-used-key.sweep.js';
import { staleKey } from './stale-key.sweep.js';
import { unusedKey } from './unused-key.sweep.js';

let engine: SpecEngine;
let store: SpecStore;

beforeAll(async () => {
  engine = await startSpecEngine('sweeps');
  store = new SpecStore(await engine.freshDatabase());
}, 120_000);

afterAll(() => engine.stop(), 60_000);

const sweep = (asOf: string, tenant: string, given: object = {}): Promise<AlertEvent[]> =>
  sweepOf(staleKey, asOf, tenant, given);

async function sweepOf(
  rule: Sweep,
  asOf: string,
  tenant: string,
  given: object = {},
): Promise<AlertEvent[]> {
  const settings = rule.settings.parse(given);
  const time = { asOfMs: ms(asOf) };
  const { query, params } = rule.sql(settings, time);
  const rows = await store.ask(query, params);
  return rows
    .flatMap((row) => alertsOfRow(rule, row, settings, time))
    .filter(({ alert }) => alert.tenantId === tenant);
}

const windows = (alerts: AlertEvent[]) =>
  Object.fromEntries(alerts.map(({ alert }) => [alert.keyId, `${alert.window} ${alert.severity}`]));

describe('stale-key on a real engine', () => {
  it('tells the highest milestone passed, by plan, from the very day', async () => {
    const key = (name: string, at: string, plan: string) =>
      created({ at, key: name, plan, tenant: 'plans' });
    await store.events(
      key('pro-74', '2026-01-01T00:00:00.001Z', 'pro'),
      key('pro-75', '2026-01-01T00:00Z', 'Pro'),
      key('pro-90', '2025-12-17T00:00Z', 'pro'),
      key('pro-120', '2025-11-17T00:00Z', 'pro'),
      key('pro-365', '2025-03-17T00:00Z', 'pro'),
      key('free-164', '2025-10-04T00:00Z', 'free'),
      key('free-165', '2025-10-03T00:00Z', 'free'),
      key('other-100', '2025-12-07T00:00Z', 'bespoke'),
    );
    expect(windows(await sweep('2026-03-17T00:00Z', 'plans'))).toEqual({
      'pro-75': 'v0/75d low',
      'pro-90': 'v0/90d medium',
      'pro-120': 'v0/120d medium',
      'pro-365': 'v0/365d high',
      'free-165': 'v0/165d low',
      'other-100': 'v0/90d medium',
    });
    expect(
      windows(await sweep('2026-03-17T00:00Z', 'plans', { limitDaysByPlan: {}, limitDays: 400 })),
    ).toEqual({ 'pro-365': 'v0/365d high' });
  });

  it('keeps quiet for revoked, disabled, expired, temporary and freshly rotated keys', async () => {
    const old = { at: '2025-01-01T00:00Z', tenant: 'quiet' };
    await store.events(
      ...['revoked', 'disabled', 'enabled', 'rotated'].map((key) => created({ ...old, key })),
      created({ ...old, key: 'expired', expiresAt: '2026-03-17T00:00:00Z' }),
      created({ ...old, key: 'expires', expiresAt: '2026-03-17T00:00:00.001Z' }),
      created({ ...old, key: 'temporary', kind: 'temporary' }),
    );
    const later = { at: '2026-03-01T00:00Z', tenant: 'quiet' };
    await store.events(
      revoked({ ...later, key: 'revoked' }),
      disabled({ ...later, key: 'disabled' }),
      disabled({ ...later, key: 'enabled', id: 'x' }),
      enabled({ ...later, key: 'enabled', id: 'y' }),
      rotated({ ...later, key: 'rotated', secretVersion: 2 }),
    );
    expect(windows(await sweep('2026-03-17T00:00Z', 'quiet'))).toEqual({
      enabled: 'v0/365d high',
      expires: 'v0/365d high',
    });
    expect(windows(await sweep('2026-05-30T00:00Z', 'quiet'))).toMatchObject({
      rotated: 'v2/90d medium',
    });
  });

  it('raises each milestone of each secret once', async () => {
    const about = { key: 'k', tenant: 'once' };
    await store.events(created({ ...about, at: '2026-01-01T00:00Z', plan: 'pro' }));
    const first = await sweep('2026-03-20T00:00Z', 'once');
    expect(windows(first)).toEqual({ k: 'v0/75d low' });
    expect((await sweep('2026-03-20T00:00Z', 'once')).map(({ id }) => id)).toEqual(
      first.map(({ id }) => id),
    );
    await store.alerts(first);
    expect(await sweep('2026-03-21T00:00Z', 'once')).toEqual([]);
    const second = await sweep('2026-04-01T00:00Z', 'once');
    expect(windows(second)).toEqual({ k: 'v0/90d medium' });
    await store.alerts(second);
    // A rotation that names no version still begins a new secret.
    await store.events(rotated({ ...about, at: '2026-04-02T00:00Z' }));
    expect(await sweep('2026-06-01T00:00Z', 'once')).toEqual([]);
    expect(windows(await sweep('2026-07-01T00:00Z', 'once'))).toEqual({
      k: 'r2026-04-02/90d medium',
    });
  });

  it('says "at least" where only uses were seen, and follows the lane of an import', async () => {
    const use = (at: string, key: string, lane: string) =>
      used({ at, key, lane, tenant: 'seen', status: 200 });
    await store.events(
      use('2021-01-01T00:00Z', 'imported', 'import-1'),
      use('2025-12-01T00:00Z', 'both', 'import-1'),
      use('2026-03-16T00:00Z', 'both', 'live'),
      leakOnly(),
    );
    const alerts = await sweep('2026-03-17T00:00Z', 'seen');
    const told = alerts.map(({ alert }) => [
      alert.keyId,
      alert.lane,
      alert.historical,
      alert.window,
    ]);
    expect(told).toEqual([
      ['imported', 'import-1', true, 'v0/365d'],
      ['both', 'live', false, 'v0/90d'],
    ]);
    expect(alerts[1]?.alert.sentence).toContain('at least 106 days old');
    expect(alerts[1]?.alert.evidence.facts['ageIsAtLeast']).toBe(true);
  });

  it('names the owner and who still calls, ten at most, the latest first', async () => {
    const about = { key: 'k', tenant: 'callers' };
    const call = (day: number, n: number) =>
      used({
        ...about,
        at: `2026-03-${String(day).padStart(2, '0')}T00:00Z`,
        environment: 'production',
        sourceIp: `10.0.${n}.7`,
        userAgent: 'sdk/1.2',
      });
    await store.events(
      created({
        ...about,
        at: '2025-12-01T00:00Z',
        plan: 'pro',
        owner: { email: 'ada@example.org' },
      }),
      ...Array.from({ length: 12 }, (_, i) => call(i + 1, i + 1)),
      call(12, 12),
      used({ ...about, at: '2026-01-01T00:00Z', environment: 'old', sourceIp: 'gateway' }),
    );
    const [alert] = (await sweep('2026-03-17T00:00Z', 'callers')).map((event) => event.alert);
    expect(alert?.owner).toEqual({ id: '', email: 'ada@example.org', team: '' });
    expect(alert?.evidence.facts).toMatchObject({
      ageDays: 106,
      plan: 'pro',
      callerCount: 12,
      lastUsed: '2026-03-12T00:00:00.000Z',
      requests: 14,
    });
    const callers = alert?.evidence.facts['callers'] as string[];
    expect(callers).toHaveLength(10);
    expect(callers[0]).toBe('production | 10.0.12.0/24 | sdk/1.2 | 2 requests');
    expect(alert?.sentence).toContain('12 callers used it in the last 30 days');
  });

  it('leaves the rest to the next sweep where there are very many, the oldest first', async () => {
    await store.events(
      created({
        at: '2001-01-01T00:00Z',
        arrives: '2011-01-01T00:00Z',
        key: 'older',
        tenant: 'many',
      }),
      created({ at: '2012-01-01T00:00Z', key: 'newer', tenant: 'many' }),
    );
    const [only, ...more] = await sweep('2026-03-17T00:00Z', 'many', { maxFindings: 1 });
    expect(only?.alert.keyId).toBe('older');
    expect(more).toEqual([]);
  });
});

describe('unused-key and never-used-key on a real engine', () => {
  const idle = (asOf: string, tenant: string) => sweepOf(unusedKey, asOf, tenant);

  it('tell each milestone of each last use once; refused calls are no use', async () => {
    const about = { key: 'k', tenant: 'idle' };
    await store.events(
      created({ ...about, at: '2025-06-01T00:00Z' }),
      used({ ...about, at: '2026-01-01T00:00Z', status: 399 }),
      used({ ...about, at: '2026-02-01T00:00Z', status: 401 }),
    );
    expect(await idle('2026-02-14T23:59:59.999Z', 'idle')).toEqual([]);
    const first = await idle('2026-02-15T00:00Z', 'idle');
    expect(windows(first)).toEqual({ k: '2026-01-01/45d low' });
    await store.alerts(first);
    expect(await idle('2026-03-31T00:00Z', 'idle')).toEqual([]);
    expect(windows(await idle('2026-04-01T00:00Z', 'idle'))).toEqual({ k: '2026-01-01/90d low' });
    await store.events(used({ ...about, at: '2026-04-02T00:00Z', status: 200 }));
    expect(windows(await idle('2026-05-17T00:00Z', 'idle'))).toEqual({ k: '2026-04-02/45d low' });
  });

  it('keep quiet for the young, ended and tagged, and count an import to its end', async () => {
    const at = '2026-01-01T00:00Z';
    const tenant = 'rest';
    const call = { tenant, at: '2026-01-02T00:00Z', status: 200 };
    await store.events(
      ...['revoked', 'disabled', 'fresh'].map((key) => created({ at, tenant, key })),
      created({ at, tenant, key: 'tagged', tags: ['break-glass', 'batch-issued'] }),
      created({ at, tenant, key: 'expired', expiresAt: '2026-02-01T00:00:00Z' }),
      created({ at, tenant, key: 'virgin' }),
      created({ at, tenant, key: 'tagged-virgin', tags: ['batch-issued'] }),
      ...['revoked', 'disabled', 'tagged', 'expired'].map((key) => used({ ...call, key })),
      used({ ...call, key: 'fresh', at: '2026-02-20T00:00Z' }),
      revoked({ at, tenant, key: 'revoked' }),
      disabled({ at, tenant, key: 'disabled' }),
      used({ tenant, key: 'unknown:0123', at, status: 401 }),
      used({ tenant, key: 'old', at: '2023-01-01T00:00Z', lane: 'import-a', status: 200 }),
      used({ tenant, key: 'end', at: '2023-01-20T00:00Z', lane: 'import-a', status: 200 }),
      created({ tenant, key: 'lonely', at: '2022-01-01T00:00Z', lane: 'import-b' }),
      created({ tenant, key: 'later', at: '2022-03-01T00:00Z', lane: 'import-b' }),
    );
    expect(await idle('2026-03-17T00:00Z', tenant)).toEqual([]);
    const never = (asOf: string) => sweepOf(neverUsedKey, asOf, tenant);
    expect(await never('2026-01-14T23:59:59.999Z')).toEqual([]);
    const told = await never('2026-01-15T00:00Z');
    expect(windows(told)).toEqual({ virgin: '2026-01-01/never low' });
    await store.alerts(told);
    expect(await never('2026-03-17T00:00Z')).toEqual([]);
  });

  it('stop the time of a tenant whose producer catches up, and of nobody else', async () => {
    const at = '2026-01-01T00:00Z';
    const arrives = '2026-03-17T00:05Z';
    await store.events(
      ...['behind', 'on-time'].map((tenant) => created({ at, tenant, key: 'virgin' })),
      used({
        tenant: 'behind',
        key: 'other',
        at: '2026-01-14T23:59:59.999Z',
        arrives,
        status: 200,
      }),
      used({ tenant: 'on-time', key: 'other', at: '2026-03-16T00:05Z', arrives, status: 200 }),
    );
    const never = (asOf: string, tenant: string) => sweepOf(neverUsedKey, asOf, tenant);
    expect(await never('2026-03-17T00:00Z', 'behind')).toEqual([]);
    expect(windows(await never('2026-03-17T00:00Z', 'on-time'))).toMatchObject({
      virgin: '2026-01-01/never low',
    });
    // It brings more: fourteen days have passed.
    await store.events(
      used({ tenant: 'behind', key: 'other', at: '2026-01-15T00:00Z', arrives, status: 200 }),
    );
    const [alert] = await never('2026-03-17T00:00Z', 'behind');
    expect(alert?.alert.evidence.facts['ageDays']).toBe(14);
    // Nothing came late any more: it has caught up.
    const [later] = await never('2026-03-17T00:05Z', 'behind');
    expect(later?.alert.evidence.facts['ageDays']).toBe(75);
    expect(later?.id).toBe(alert?.id);
  });
});

/** A lifecycle event that says nothing of age. */
function leakOnly(): Arrival {
  return disabled({ at: '2020-01-01T00:00Z', key: 'unknown', tenant: 'seen' });
}
