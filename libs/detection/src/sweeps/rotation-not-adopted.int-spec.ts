import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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
import { alertsOfRow } from '../sweep.js';
import { rotationNotAdopted } from './rotation-not-adopted.sweep.js';

const HOUR_MS = 3_600_000;
const ROTATED = '2026-03-10T00:00Z';
/** The grace is 100 hours: 50 % is 50 h, 80 % is 80 h; the fifths before begin at 30 h and 60 h. */
/** Of one request, so that few show what is looked at. */
const ONE = { minRequests: 1, sharePercent: 5, lookedAtPercent: 20 };
const GRACE = { secretVersion: 2, graceEndsAt: '2026-03-14T04:00:00Z' };
const END = '2026-03-16T00:00Z';

let engine: SpecEngine;
let store: SpecStore;

beforeAll(async () => {
  engine = await startSpecEngine('rotations');
}, 120_000);
afterAll(() => engine.stop(), 60_000);
beforeEach(async () => {
  store = new SpecStore(await engine.freshDatabase());
});

async function sweep(asOf: string, given: object = ONE): Promise<AlertEvent[]> {
  const settings = rotationNotAdopted.settings.parse(given);
  const time = { asOfMs: ms(asOf) };
  const { query, params } = rotationNotAdopted.sql(settings, time);
  const rows = await store.ask(query, params);
  return rows.flatMap((row) => alertsOfRow(rotationNotAdopted, row, settings, time));
}

const told = (alerts: AlertEvent[]) =>
  alerts
    .map(({ alert: { keyId, window, evidence } }) =>
      [keyId, window, evidence.facts['oldRequests'], evidence.facts['requests']].join(' '),
    )
    .sort();

const hour = (hours: number): string => new Date(ms(ROTATED) + hours * HOUR_MS).toISOString();
const rotation = (key: string, over: object = {}): Arrival =>
  rotated({ at: ROTATED, key, ...GRACE, ...over });
const calls = (key: string, hours: number, versions: number[], over: object = {}): Arrival[] =>
  versions.map((secretVersion) => used({ at: hour(hours), key, secretVersion, ...over }));
const times = (n: number, version: number): number[] => Array.from({ length: n }, () => version);

describe('rotation-not-adopted on a real engine', () => {
  it('tells more than 5 % on the old secret in the fifth of the grace before each milestone', async () => {
    await store.events(
      ...['at-5', 'above', 'edges', 'before', 'unsaid'].map((key) => rotation(key)),
      ...calls('at-5', 40, [...times(19, 2), 1]),
      ...calls('above', 40, [...times(18, 2), 1]),
      ...calls('above', 70, [1, 2]),
      ...calls('edges', 30, [1]),
      ...calls('edges', 50, [1, 0]),
      ...calls('edges', 50 + 1 / HOUR_MS, [1]),
      ...calls('before', 10, times(9, 1)),
      ...calls('before', 55, times(9, 1)),
      ...calls('before', 90, times(9, 1)),
      ...calls('unsaid', 40, times(9, 0)),
    );
    expect(told(await sweep(hour(50 - 1 / HOUR_MS)))).toEqual([]);
    expect(told(await sweep(hour(50)))).toEqual(['above v2/50% 1 19', 'edges v2/50% 1 1']);
    const all = await sweep(END);
    expect(told(all)).toEqual(['above v2/50% 1 19', 'above v2/80% 1 2', 'edges v2/50% 1 1']);
    for (const alert of all) {
      const { oldRequests } = alert.alert.evidence.facts;
      expect(await store.evidence(alert)).toHaveLength(oldRequests as number);
    }
    await store.alerts(all);
    expect(await sweep(END)).toEqual([]);
  });

  it('tells a caller left behind from a roll-out that comes through, among many and of rare calls', async () => {
    const from = (sourceIp: string) => ({ sourceIp });
    const [done, stuck, rare] = [from('192.0.2.1'), from('198.51.100.1'), from('203.0.113.1')];
    await store.events(
      ...['rolling', 'stuck', 'few', 'rare', 'moved', 'silent', 'all'].map((key) => rotation(key)),
      ...calls('rolling', 15, times(40, 1)),
      ...calls('rolling', 45, [...times(7, 1), ...times(28, 2)]),
      ...calls('stuck', 45, times(100, 2), done),
      ...calls('stuck', 45, times(5, 1), stuck),
      ...calls('few', 45, [...times(4, 1), 2]),
      ...calls('rare', 45, times(100, 2), done),
      ...[1, 10, 20, 30].flatMap((at) => calls('rare', at, [1], rare)),
      ...calls('rare', 45, [1], rare),
      ...[1, 10, 20].flatMap((at) => calls('moved', at, [1], rare)),
      ...calls('moved', 30, [1, 2], rare),
      ...calls('moved', 45, [1], rare),
      ...calls('silent', 30, times(9, 1)),
      ...[1, 2, 3, 4, 5].flatMap((n) => calls('all', 45, [1, 2], from(`192.0.${n}.1`))),
    );
    const alerts = await sweep(hour(50), {});
    expect(told(alerts)).toEqual(['all v2/50% 5 10', 'rare v2/50% 1 101', 'stuck v2/50% 5 105']);
    const rareAlert = alerts.find(({ alert }) => alert.keyId === 'rare');
    expect(rareAlert?.alert.evidence.facts['callers']).toEqual([
      'unknown | 203.0.113.0/24 | unknown | 1 request with an old secret | none with the new one yet',
    ]);
  });

  it('names the owner and the callers left behind', async () => {
    await store.events(
      created({ at: '2026-01-01T00:00Z', key: 'k', owner: { email: 'ada@example.org' } }),
      rotation('k', { secretVersion: undefined, previousVersion: 1 }),
      ...calls('k', 40, [1, 1, 2], {
        sourceIp: '192.0.2.7',
        environment: 'production',
        userAgent: 'sdk/1',
      }),
      ...calls('k', 40, [1], { sourceIp: 'gateway' }),
      ...calls('k', 40, [2], { sourceIp: '198.51.100.7' }),
    );
    const [event] = await sweep(hour(60));
    expect(event?.alert).toMatchObject({
      severity: 'low',
      owner: { email: 'ada@example.org' },
      occurredAt: hour(50),
      evidence: {
        facts: {
          oldRequests: 3,
          requests: 5,
          callerCount: 2,
          callersNotMoved: 1,
          callers: [
            'unknown | gateway | unknown | 1 request with an old secret | none with the new one yet',
            'production | 192.0.2.0/24 | sdk/1 | 2 requests with an old secret | 1 with the new one',
          ],
        },
      },
    });
  });

  it('keeps quiet for what was over by the milestone, and only for that', async () => {
    const keys = ['revoked', 'later', 'disabled', 'on', 'next', 'endless', 'tenant'];
    await store.events(
      ...keys.filter((key) => key !== 'endless').map((key) => rotation(key)),
      rotation('endless', { graceEndsAt: undefined }),
      ...keys.flatMap((key) => calls(key, 40, [1])),
      revoked({ key: 'revoked', at: hour(50) }),
      revoked({ key: 'later', at: hour(51) }),
      disabled({ key: 'disabled', at: hour(20) }),
      enabled({ key: 'disabled', at: hour(60) }),
      disabled({ key: 'on', at: hour(20) }),
      enabled({ key: 'on', at: hour(30) }),
      rotated({ key: 'next', at: hour(45), secretVersion: 3 }),
      revoked({ key: 'tenant', tenant: 'other', at: hour(20) }),
    );
    expect(told(await sweep(END))).toEqual([
      'later v2/50% 1 1',
      'on v2/50% 1 1',
      'tenant v2/50% 1 1',
    ]);
  });

  it('gives the same in any order, twice over, at any later time within the look-back, and of imports', async () => {
    const late = { arrives: '2026-03-15T00:00Z' };
    const old = { lane: 'import-1', arrives: '2026-03-15T00:00Z' };
    const events = [
      rotation('a'),
      ...calls('a', 40, [1, 2]),
      rotation('late', late),
      ...calls('late', 40, [1], late),
      rotated({
        ...old,
        key: 'old',
        at: '2021-01-01T00:00Z',
        secretVersion: 7,
        graceEndsAt: '2021-01-03T00:00:00Z',
      }),
      used({ ...old, key: 'old', at: '2021-01-01T23:00Z', secretVersion: 6 }),
    ];
    await store.events(...events);
    const first = await sweep(END);
    expect(told(first)).toEqual(['a v2/50% 1 2', 'late v2/50% 1 1', 'old v7/50% 1 1']);
    expect(first.map(({ alert }) => alert.historical)).toEqual([true, false, false]);
    expect(told(await sweep('2026-03-19T01:59:59.999Z'))).toEqual(told(first));
    expect(told(await sweep('2026-03-19T02:00:00Z'))).not.toContain('a v2/50% 1 2');
    store = new SpecStore(await engine.freshDatabase());
    await store.events(...events.toReversed(), rotation('a', { id: 'again' }));
    const again = await sweep(END);
    expect(again.map(({ id }) => id).sort()).toEqual(first.map(({ id }) => id).sort());
  });
});
