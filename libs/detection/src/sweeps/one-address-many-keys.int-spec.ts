import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AlertEvent } from '@keywatch/events';
import { SpecStore, startSpecEngine, type SpecEngine } from '@keywatch/testing';
import { created, ms, used, type Arrival } from '../spec-kit/index.js';
import { alertsOfRow } from '../sweep.js';
import { oneAddressManyKeys } from './one-address-many-keys.sweep.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const END = '2026-03-20T00:00Z';

let engine: SpecEngine;
let store: SpecStore;

beforeAll(async () => {
  engine = await startSpecEngine('manykeys');
}, 120_000);
afterAll(() => engine.stop(), 60_000);
beforeEach(async () => {
  store = new SpecStore(await engine.freshDatabase());
});

async function sweep(
  asOf: string | number,
  given: object = {},
  since?: string | number,
): Promise<AlertEvent[]> {
  const settings = oneAddressManyKeys.settings.parse(given);
  const at = (time: string | number) => (typeof time === 'number' ? time : ms(time));
  const time = { asOfMs: at(asOf), sinceMs: since === undefined ? undefined : at(since) };
  const { query, params } = oneAddressManyKeys.sql(settings, time);
  const rows = await store.ask(query, params);
  return rows.flatMap((row) => alertsOfRow(oneAddressManyKeys, row, settings, time));
}

const told = (alerts: AlertEvent[]) =>
  alerts.map(({ alert: { keyId, window, lane, evidence } }) =>
    [keyId, window, evidence.facts['keyCount'], ...(lane === 'live' ? [] : [lane])].join(' '),
  );

/** Uses of so many keys from one address, so many seconds apart. */
const series = (keys: number, from: string, apart: number, over: object = {}): Arrival[] =>
  Array.from({ length: keys }, (_, n) =>
    used({
      at: new Date(ms(from) + n * apart * 1000).toISOString(),
      key: `key-${n}`,
      sourceIp: '192.0.2.7',
      status: 401,
      ...over,
    }),
  );

describe('one-address-many-keys on a real engine', () => {
  it('tells ten keys of one address within ten minutes, up to the millisecond', async () => {
    const nine = series(9, '2026-03-19T10:00Z', 1);
    const last = (at: string, sourceIp: string) => used({ at, key: 'last', sourceIp });
    const from = (address: string) =>
      nine.map(({ event, logTimeMs }) => ({
        logTimeMs,
        event: {
          ...event,
          id: `${event.id} ${address}`,
          data: { ...event.data, sourceIp: address },
        },
      })) as Arrival[];
    await store.events(
      ...from('192.0.2.1'),
      last('2026-03-19T10:09:59.999Z', '192.0.2.1'),
      ...from('2001:db8::1'),
      last('2026-03-19T10:09:59.999Z', '2001:DB8:0::1'),
      ...from('192.0.2.2'),
      last('2026-03-19T10:10:00.000Z', '192.0.2.2'),
      ...from('192.0.2.3'),
      used({ at: '2026-03-19T10:01Z', key: 'key-3', sourceIp: '192.0.2.3' }),
    );
    const alerts = await sweep(END);
    expect(told(alerts).sort()).toEqual(['192.0.2.1 2026-03-19 10', '2001:db8::1 2026-03-19 10']);
    expect(alerts[0]?.alert).toMatchObject({
      severity: 'high',
      historical: false,
      occurredAt: '2026-03-19T10:09:59.999Z',
      evidence: { facts: { requests: 10, refused: 9, windowFrom: '2026-03-19T10:00:00.000Z' } },
    });
    for (const alert of alerts) {
      expect(await store.evidence(alert)).toHaveLength(10);
    }
  });

  it('keeps quiet for temporary and unknown keys, gateways, names of services, and apart by tenant and lane', async () => {
    const sts = { tenant: 'aws', kind: 'temporary' as const };
    const at = '2026-03-19T10:00Z';
    const named = (name: (n: number) => string, over: object) =>
      Array.from({ length: 12 }, (_, n) =>
        used({ at, key: name(n), sourceIp: '192.0.2.8', ...over }),
      );
    await store.events(
      ...Array.from({ length: 12 }, (_, n) => created({ ...sts, at, key: `temporary-${n}` })),
      ...named((n) => `temporary-${n}`, { tenant: 'aws' }),
      ...named((n) => `ASIA${n}`, { tenant: 'aws' }),
      ...named((n) => `unknown:${n}`, {}),
      ...named((n) => `k${n}`, { sourceIp: 'lambda.amazonaws.com' }),
      ...named((n) => `k${n}`, { tenant: 'gate', sourceIp: '10.1.2.3' }),
      ...named((n) => `k${n}`, { tenant: 'gate', sourceIp: '2001:db8:1::9' }),
      ...Array.from({ length: 12 }, (_, n) =>
        used({ at, key: `s${n}`, tenant: `t${n % 2}`, lane: n % 4 < 2 ? 'live' : 'old' }),
      ),
    );
    const gateways = ['10.0.0.0/8', '2001:db8:1::/48'];
    expect(await sweep(END, { gateways })).toEqual([]);
    expect(told(await sweep(END, { gateways: ['10.1.2.3'] }))).toEqual([
      '2001:db8:1::9 2026-03-19 12',
    ]);
  });

  it('tells each day once, and what comes late opens its day again', async () => {
    await store.events(...series(9, '2026-03-18T23:55Z', 1), ...series(12, '2026-03-19T12:00Z', 1));
    const first = await sweep('2026-03-19T12:30Z', {}, '2026-03-19T11:00Z');
    expect(told(first)).toEqual(['192.0.2.7 2026-03-19 12']);
    await store.alerts(first);
    expect(await sweep('2026-03-19T12:31Z', {}, '2026-03-19T11:00Z')).toEqual([]);
    const late = { key: 'late', sourceIp: '192.0.2.7' };
    // A window of the day before that reaches into this one.
    await store.events(used({ ...late, at: '2026-03-19T00:01Z', arrives: '2026-03-19T13:00Z' }));
    const since = '2026-03-19T12:31Z';
    expect(told(await sweep('2026-03-19T13:30Z', {}, since))).toEqual(['192.0.2.7 2026-03-18 10']);
    expect(await sweep('2026-03-19T13:30Z', {}, '2026-03-19T13:00:00.000Z')).toEqual([]);
  });

  it('looks no further than what is in, and after a start so many days back; an import whole', async () => {
    await store.events(
      ...series(12, '2026-03-12T12:00Z', 1),
      ...series(12, '2026-03-14T12:00Z', 1),
      ...series(12, '2021-01-01T12:00Z', 1, { lane: 'import-1', arrives: '2026-03-19T12:00Z' }),
      ...series(12, '2026-03-21T12:00Z', 1),
      // Without a time of their own they stand at their import.
      ...Array.from({ length: 12 }, (_, n) =>
        used({
          key: `k${n}`,
          sourceIp: '192.0.2.9',
          lane: 'import-2',
          arrives: '2026-03-19T12:00Z',
        }),
      ),
    );
    const alerts = await sweep(END);
    expect(told(alerts).sort()).toEqual([
      '192.0.2.7 2021-01-01 12 import-1',
      '192.0.2.7 2026-03-14 12',
    ]);
    expect(alerts[0]?.alert.historical).toBe(true);
    expect(told(await sweep(END, { lookBackDays: 8, maxFindings: 2 }))).toHaveLength(2);
    expect(told(await sweep(END, { lookBackDays: 8 }))).toHaveLength(3);
  });

  it.each([1, 2, 3])(
    'finds what trying every window finds, whatever the order: %i',
    async (seed) => {
      const uses = randomUses(seed);
      await store.events(...uses.toReversed(), ...uses.slice(0, 50));
      const given = { keys: 4, windowMinutes: 7 };
      const alerts = await sweep(END, given);
      const found = alerts.map(({ alert: { keyId, window, evidence } }) =>
        [keyId, window, evidence.facts['keyCount']].join(' '),
      );
      expect(found.sort()).toEqual(everyWindow(uses, given).sort());
      for (const alert of alerts) {
        const rows = (await store.evidence(alert)) as { key_id: string }[];
        const keys = [...new Set(rows.map(({ key_id }) => key_id))].sort();
        expect(alert.alert.evidence.facts).toMatchObject({ keyCount: keys.length, keys });
      }
      expect(found.length).toBeGreaterThan(3);
      expect(found.length).toBeLessThan(25);
    },
  );

  it('tells the same alerts step by step as from scratch', async () => {
    const uses = randomUses(4).sort((a, b) => a.logTimeMs - b.logTimeMs);
    const given = { keys: 4, windowMinutes: 7 };
    const ids: string[] = [];
    let since: number | undefined;
    let stored = 0;
    for (let upTo = ms('2026-03-15T00:00Z'); upTo <= ms(END) + DAY_MS; upTo += 5 * 3_600_000) {
      const end = uses.findIndex(({ logTimeMs }) => logTimeMs > upTo);
      const until = end < 0 ? uses.length : end;
      await store.events(...uses.slice(stored, until));
      stored = until;
      const asOf = upTo - 15 * MINUTE_MS;
      const alerts = await sweep(asOf, given, since);
      await store.alerts(alerts);
      ids.push(...alerts.map(({ id }) => id));
      since = asOf;
    }
    expect(stored).toBe(uses.length);
    store = new SpecStore(await engine.freshDatabase());
    await store.events(...uses.toReversed());
    const scratch = await sweep(END, given);
    expect(ids.sort()).toEqual(scratch.map(({ id }) => id).sort());
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(3);
  });
});

/** Uses over four days in bunches, many of them exactly a window apart, some hours late. */
function randomUses(seed: number): Arrival[] {
  let state = seed;
  const below = (n: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
  const startMs = ms('2026-03-15T00:00Z');
  return Array.from({ length: 400 }, (_, n) => {
    const bunch = startMs + below(40) * 144 * MINUTE_MS;
    const atMs = bunch + below(24) * 70_000 - below(2);
    return used({
      at: new Date(atMs).toISOString(),
      arrives: new Date(atMs + 1000 + (below(5) === 0 ? below(20 * 3_600_000) : 0)).toISOString(),
      id: `${seed}-${n}`,
      key: `key-${below(6)}`,
      sourceIp: `192.0.2.${below(2)}`,
    });
  });
}

function everyWindow(
  uses: readonly Arrival[],
  { keys, windowMinutes }: { keys: number; windowMinutes: number },
): string[] {
  const most = new Map<string, number>();
  for (const { event: first } of uses) {
    const address = sourceOf(first);
    const inside = uses.filter(
      ({ event }) =>
        sourceOf(event) === address &&
        event.timeMs >= first.timeMs &&
        event.timeMs < first.timeMs + windowMinutes * MINUTE_MS,
    );
    const distinct = new Set(inside.map(({ event }) => event.keyId)).size;
    const name = `${address} ${new Date(first.timeMs).toISOString().slice(0, 10)}`;
    most.set(name, Math.max(most.get(name) ?? 0, distinct));
  }
  return [...most]
    .filter(([, distinct]) => distinct >= keys)
    .map(([name, distinct]) => `${name} ${distinct}`);
}

function sourceOf(event: Arrival['event']): string {
  return (event.data as { sourceIp?: string }).sourceIp ?? '';
}
