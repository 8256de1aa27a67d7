import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AlertEvent } from '@keywatch/events';
import { SpecStore, startSpecEngine, type SpecEngine } from '@keywatch/testing';
import { ms, used, type Arrival } from '../spec-kit/index.js';
import { alertsOfRow } from '../sweep.js';
import { unknownKey } from './unknown-key.sweep.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const END = '2026-03-20T00:00Z';

let engine: SpecEngine;
let store: SpecStore;

beforeAll(async () => {
  engine = await startSpecEngine('unknownkeys');
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
  const settings = unknownKey.settings.parse(given);
  const at = (time: string | number) => (typeof time === 'number' ? time : ms(time));
  const time = { asOfMs: at(asOf), sinceMs: since === undefined ? undefined : at(since) };
  const { query, params } = unknownKey.sql(settings, time);
  const rows = await store.ask(query, params);
  return rows.flatMap((row) => alertsOfRow(unknownKey, row, settings, time));
}

const told = (alerts: AlertEvent[]) =>
  alerts
    .map(({ alert: { keyId, window, evidence } }) =>
      [keyId, window, evidence.facts['tries']].join(' '),
    )
    .sort();

const guess = (at: string, sourceIp: string, over: object = {}): Arrival =>
  used({ at, sourceIp, key: 'unknown:00', status: 401, outcome: 'invalid-key', ...over });
const guesses = (ats: string[], sourceIp: string, over: object = {}) =>
  ats.map((at) => guess(`2026-03-19T${at}Z`, sourceIp, over));
const success = (at: string, sourceIp: string, over: object = {}) =>
  used({ at: `2026-03-19T${at}Z`, sourceIp, key: 'ak_1', status: 200, ...over });
const FOUR = ['10:00:00.000', '10:00:01.000', '10:00:02.000', '10:00:03.000'];

describe('unknown-key on a real engine', () => {
  it('tells five tries of one address within ten minutes, up to the millisecond', async () => {
    await store.events(
      ...guesses([...FOUR, '10:09:59.999'], '192.0.2.1'),
      ...guesses([...FOUR, '10:10:00.000'], '192.0.2.2'),
      ...guesses([...FOUR, '10:09:59.999'], '2001:db8::1', { key: 'unknown:01' }),
      ...guesses(FOUR, '192.0.2.4'),
      ...guesses([...FOUR, '10:00:05'], 'lambda.amazonaws.com'),
      ...guesses([...FOUR, '10:00:05'], '10.1.2.3'),
      ...[...FOUR, '10:00:05'].map((at) => success(at, '192.0.2.5', { status: 401 })),
      ...guesses(FOUR, '192.0.2.6', { tenant: 'a' }),
      ...guesses(FOUR, '192.0.2.6', { lane: 'old' }),
    );
    const alerts = await sweep(END, { gateways: ['10.1.0.0/16'] });
    expect(told(alerts)).toEqual(['192.0.2.1 2026-03-19 5', '2001:db8::1 2026-03-19 5']);
    expect(alerts[0]?.alert).toMatchObject({
      severity: 'medium',
      occurredAt: '2026-03-19T10:09:59.999Z',
      evidence: { facts: { requests: 5, keyCount: 1, windowFrom: '2026-03-19T10:00:00.000Z' } },
    });
    for (const alert of alerts) expect(await store.evidence(alert)).toHaveLength(5);
  });

  it('tells twenty tries of one network where no address of it is enough', async () => {
    const many = (count: number, address: (n: number) => string) =>
      Array.from({ length: count }, (_, n) =>
        guess(`2026-03-19T10:0${n % 10}:00Z`, address(n), { key: `unknown:${n}` }),
      );
    await store.events(
      ...many(20, (n) => `192.0.2.${n}`),
      ...many(19, (n) => `198.51.100.${n}`),
      ...many(20, (n) => `2001:db8:7:${n}::1`),
      ...many(20, (n) => `2001:db9:${n}::1`),
      ...many(25, () => '203.0.113.9'),
    );
    const alerts = await sweep(END);
    expect(told(alerts)).toEqual([
      '192.0.2.0/24 2026-03-19 20',
      '2001:db8:7::/48 2026-03-19 20',
      '203.0.113.9 2026-03-19 25',
    ]);
    for (const alert of alerts) {
      const { requests } = alert.alert.evidence.facts;
      expect(await store.evidence(alert)).toHaveLength(requests as number);
    }
  });

  it('forgives tries after which the address succeeds with a known key within ten minutes', async () => {
    const FIVE = [...FOUR, '10:00:04.000'];
    await store.events(
      ...guesses(FIVE, '192.0.2.1'),
      success('10:10:00.000', '192.0.2.1'),
      ...guesses(FIVE, '192.0.2.2'),
      // Too late for the first, so four are left that are forgiven: one counts.
      success('10:10:01.000', '192.0.2.2'),
      ...guesses(FIVE, '192.0.2.3'),
      success('10:10:04.001', '192.0.2.3'),
      ...guesses(FIVE, '192.0.2.4'),
      success('09:59:59.999', '192.0.2.4'),
      ...guesses(FIVE, '192.0.2.5'),
      success('10:05', '192.0.2.5', { status: 403 }),
      success('10:05', '192.0.2.55'),
      success('10:05', '192.0.2.5', { tenant: 'other' }),
    );
    const heard = ['192.0.2.3', '192.0.2.4', '192.0.2.5'].map((ip) => `${ip} 2026-03-19 5`);
    expect(told(await sweep(END))).toEqual(heard);
    expect(await sweep('2026-03-19T10:10:03.999Z')).toEqual([]);
    expect(told(await sweep('2026-03-19T10:10:04.000Z'))).toEqual(heard);
  });

  it('tells each day once; what comes late opens its window again; an import is looked through whole', async () => {
    await store.events(
      ...guesses([...FOUR, '10:00:05'], '192.0.2.1'),
      ...guesses(FOUR, '192.0.2.2'),
    );
    const first = await sweep('2026-03-19T10:30Z', {}, '2026-03-19T09:00Z');
    expect(told(first)).toEqual(['192.0.2.1 2026-03-19 5']);
    await store.alerts(first);
    expect(await sweep('2026-03-19T10:31Z', {}, '2026-03-19T09:00Z')).toEqual([]);
    await store.events(
      guess('2026-03-19T10:00:05Z', '192.0.2.2', { arrives: '2026-03-19T18:00Z' }),
      ...Array.from({ length: 5 }, () =>
        guess('2021-03-19T10:00Z', '192.0.2.3', { lane: 'import-1', arrives: '2026-03-19T18:00Z' }),
      ),
    );
    const late = await sweep('2026-03-19T18:30Z', {}, '2026-03-19T10:30Z');
    expect(told(late)).toEqual(['192.0.2.2 2026-03-19 5', '192.0.2.3 2021-03-19 5']);
    expect(await sweep('2026-03-19T18:30Z', {}, '2026-03-19T18:10:00Z')).toEqual([]);
  });

  it.each([1, 2, 3])(
    'finds what trying every window finds, whatever the order: %i',
    async (seed) => {
      const events = randomEvents(seed);
      await store.events(...events.toReversed(), ...events.slice(0, 60));
      const alerts = await sweep(END, GIVEN);
      expect(told(alerts)).toEqual(everyWindow(events).sort());
      expect(alerts.length).toBeGreaterThan(3);
    },
  );

  it('tells the same alerts step by step as from scratch', async () => {
    const events = randomEvents(4).sort((a, b) => a.logTimeMs - b.logTimeMs);
    const ids: string[] = [];
    let since: number | undefined;
    let stored = 0;
    for (let upTo = ms('2026-03-15T00:00Z'); upTo <= ms(END) + DAY_MS; upTo += 5 * 3_600_000) {
      const end = events.findIndex(({ logTimeMs }) => logTimeMs > upTo);
      const until = end < 0 ? events.length : end;
      await store.events(...events.slice(stored, until));
      stored = until;
      const asOf = upTo - 15 * MINUTE_MS;
      const alerts = await sweep(asOf, GIVEN, since);
      await store.alerts(alerts);
      ids.push(...alerts.map(({ id }) => id));
      since = asOf;
    }
    expect(stored).toBe(events.length);
    store = new SpecStore(await engine.freshDatabase());
    await store.events(...events.toReversed());
    const scratch = await sweep(END, GIVEN);
    expect(ids.sort()).toEqual(scratch.map(({ id }) => id).sort());
    expect(ids.length).toBeGreaterThan(3);
  });
});

const GIVEN = { addressTries: 4, networkTries: 6, windowMinutes: 7, forgiveMinutes: 2 };

/** Tries and successes over four days in bunches; tries may be hours late, successes are not. */
function randomEvents(seed: number): Arrival[] {
  let state = seed;
  const below = (n: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
  const startMs = ms('2026-03-15T00:00Z');
  return Array.from({ length: 400 }, (_, n) => {
    const bunch = startMs + below(40) * 144 * MINUTE_MS;
    const atMs = bunch + below(24) * 70_000 - below(2);
    const isTry = below(10) > 0;
    const late = isTry && below(5) === 0 ? below(20 * 3_600_000) : 0;
    return used({
      at: new Date(atMs).toISOString(),
      arrives: new Date(atMs + 1000 + late).toISOString(),
      id: `${seed}-${n}`,
      key: isTry ? `unknown:${below(9)}` : 'ak_1',
      status: isTry ? 401 : 200,
      sourceIp: `192.0.2.${below(3)}`,
    });
  });
}

function everyWindow(events: readonly Arrival[]): string[] {
  const all = events.map(({ event }) => ({
    ms: event.timeMs,
    address: (event.data as { sourceIp: string }).sourceIp,
    isTry: event.keyId.startsWith('unknown:'),
  }));
  const counted = all.filter(
    (one) =>
      one.isTry &&
      !all.some(
        ({ ms: at, address, isTry }) =>
          !isTry &&
          address === one.address &&
          at > one.ms &&
          at <= one.ms + GIVEN.forgiveMinutes * MINUTE_MS,
      ),
  );
  const most = new Map<string, number>();
  for (const subject of ['192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.0/24']) {
    const isNetwork = subject.includes('/');
    const own = counted.filter(({ address }) => isNetwork || address === subject);
    for (const first of own) {
      const until = first.ms + GIVEN.windowMinutes * MINUTE_MS;
      const inside = own.filter((other) => other.ms >= first.ms && other.ms < until).length;
      if (inside < (isNetwork ? GIVEN.networkTries : GIVEN.addressTries)) continue;
      const name = `${subject} ${new Date(first.ms).toISOString().slice(0, 10)}`;
      most.set(name, Math.max(most.get(name) ?? 0, inside));
    }
  }
  return [...most].map(([name, inside]) => `${name} ${inside}`);
}
