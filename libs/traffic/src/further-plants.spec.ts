import { describe, expect, it } from '@jest/globals';
import { REQUEST_MADE, type KeyEventData, type OutgoingKeyEvent } from '@keywatch/events';
import { generateTraffic, type Plant } from './index.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const END = Date.parse('2026-03-15T13:00:00Z');
const PER_KIND = 4;

const FURTHER = [
  'old-secret-after-grace',
  'failure-then-success',
  'plan-rate-exceeded',
  'unused-key',
  'never-used-key',
  'rotation-not-adopted',
  'unknown-key',
  'one-address-many-keys',
  'new-caller',
] as const satisfies readonly Plant[];

const traffic = generateTraffic({
  seed: 9,
  keys: 400,
  days: 30,
  ratePerSecond: 0.01,
  endMs: END,
  anomalies: Object.fromEntries(FURTHER.map((plant) => [plant, PER_KIND])),
});
const events = [...traffic.events];
const truth = traffic.truth();

type Request = OutgoingKeyEvent<typeof REQUEST_MADE>;
const isRequest = (event: OutgoingKeyEvent): event is Request => event.type === REQUEST_MADE;
const msOf = ({ time }: OutgoingKeyEvent): number => Date.parse(time ?? '');
const requests = events.filter(isRequest);
const usesOf = (keyId: string) => requests.filter(({ subject }) => subject === keyId);
const from = (address: string | undefined) =>
  requests.filter(({ data }) => data.sourceIp === address);
const spanOf = (some: readonly OutgoingKeyEvent[]) =>
  Math.max(...some.map(msOf)) - Math.min(...some.map(msOf));
const planted = (plant: Plant) => truth.filter(({ rule }) => rule === plant);
function dataOf<T extends 'created' | 'rotated'>(keyId: string, type: T) {
  const found = events.find(
    (event) => event.subject === keyId && event.type === `keywatch.key.${type}.v1`,
  );
  return {
    ...found?.data,
    ms: found === undefined ? NaN : msOf(found),
  } as KeyEventData<`keywatch.key.${T}.v1`> & {
    ms: number;
  };
}

describe('plants that are asked for', () => {
  it('are all there, and no others', () => {
    for (const plant of FURTHER) expect([plant, planted(plant).length]).toEqual([plant, PER_KIND]);
    expect(truth).toHaveLength(FURTHER.length * PER_KIND);
  });

  it('old-secret-after-grace: the first secret minutes after the grace', () => {
    for (const { keyId } of planted('old-secret-after-grace')) {
      const endsMs = Date.parse(dataOf(keyId, 'rotated').graceEndsAt ?? '');
      const old = usesOf(keyId).filter((use) => msOf(use) > endsMs && use.data.secretVersion === 1);
      expect(old.length).toBeGreaterThanOrEqual(2);
      expect(Math.min(...old.map(msOf)) - endsMs).toBeGreaterThanOrEqual(10 * MINUTE);
    }
  });

  it('failure-then-success: 12 failures and a success of one address within minutes', () => {
    for (const { keyId } of planted('failure-then-success')) {
      const some = usesOf(keyId).filter(({ data }) => data.sourceIp?.includes(':bad:'));
      expect(some.map(({ data }) => data.status === 401)).toEqual([
        ...Array<boolean>(12).fill(true),
        false,
      ]);
      expect(spanOf(some)).toBeLessThanOrEqual(6 * MINUTE);
    }
  });

  it('plan-rate-exceeded: 110 requests in a minute on the smallest plan', () => {
    for (const { keyId } of planted('plan-rate-exceeded')) {
      expect(dataOf(keyId, 'created').plan).toBe('free');
      const times = usesOf(keyId).map(msOf);
      const densest = Math.max(
        ...times.map((at) => times.filter((ms) => ms >= at && ms < at + MINUTE).length),
      );
      expect(densest).toBeGreaterThanOrEqual(110);
    }
  });

  it('unused-key and never-used-key: no use for two months, and none at all', () => {
    for (const { keyId } of planted('unused-key')) {
      const last = Math.max(...usesOf(keyId).map(msOf));
      expect((END - last) / DAY).toBeGreaterThanOrEqual(60);
      expect((END - last) / DAY).toBeLessThanOrEqual(75);
      expect(last).toBeGreaterThan(dataOf(keyId, 'created').ms);
    }
    for (const { keyId } of planted('never-used-key')) {
      expect(usesOf(keyId)).toEqual([]);
      expect(END - dataOf(keyId, 'created').ms).toBeGreaterThanOrEqual(20 * DAY);
    }
  });

  it('rotation-not-adopted: half of the calls on the old secret until the grace ends', () => {
    for (const { keyId } of planted('rotation-not-adopted')) {
      const { ms, graceEndsAt = '' } = dataOf(keyId, 'rotated');
      const during = usesOf(keyId).filter((use) => msOf(use) > ms);
      const old = during.filter(({ data }) => data.secretVersion === 1);
      expect(during).toHaveLength(200);
      expect(old).toHaveLength(100);
      expect(Math.max(...old.map(msOf))).toBeLessThan(Date.parse(graceEndsAt));
    }
  });

  it('new-caller: ten days of the owner, then another program from another network', () => {
    for (const { keyId } of planted('new-caller')) {
      const others = usesOf(keyId).filter(({ data }) => data.userAgent?.startsWith('curl/'));
      expect(others.length).toBeGreaterThanOrEqual(2);
      expect(new Set(others.map(({ data }) => data.sourceIp)).size).toBe(1);
      expect(spanOf(others)).toBeLessThanOrEqual(20 * MINUTE);
      const firstMs = Math.min(...others.map(msOf));
      const before = usesOf(keyId).filter((use) => msOf(use) < firstMs);
      const days = new Set(before.map((use) => use.time?.slice(0, 10)));
      expect(days.size).toBeGreaterThanOrEqual(10);
      expect(before.some(({ data }) => data.userAgent?.startsWith('curl/'))).toBe(false);
    }
  });

  it('unknown-key and one-address-many-keys: many subjects of one address within minutes', () => {
    for (const { address } of planted('unknown-key')) {
      expect(new Set(from(address).map(({ subject }) => subject)).size).toBeGreaterThanOrEqual(8);
      expect(from(address).every(({ subject }) => subject.startsWith('unknown:'))).toBe(true);
      expect(spanOf(from(address))).toBeLessThanOrEqual(8 * MINUTE);
    }
    for (const { address } of planted('one-address-many-keys')) {
      const some = from(address);
      expect(new Set(some.map(({ subject }) => subject)).size).toBe(14);
      expect(new Set(some.map(({ tenantid }) => tenantid)).size).toBe(1);
      expect(spanOf(some)).toBeLessThanOrEqual(6 * MINUTE);
    }
  });

  it('one-address-many-keys: in tenants of enough keys only; none in a world of small ones', () => {
    const options = { days: 30, ratePerSecond: 0.01, endMs: END };
    const many = { 'one-address-many-keys': 12 };
    for (const seed of [21, 22, 23]) {
      const world = generateTraffic({ ...options, seed, keys: 1000, anomalies: many });
      const keys = new Map<string, Set<string>>();
      for (const { subject, data } of [...world.events].filter(isRequest)) {
        const tried = keys.get(data.sourceIp ?? '') ?? new Set();
        keys.set(data.sourceIp ?? '', tried.add(subject));
      }
      const tried = world.truth().map(({ address = '' }) => keys.get(address)?.size);
      expect(tried).toEqual(Array(12).fill(14));
    }
    const small = { ...options, seed: 1, keys: 14, anomalies: { 'one-address-many-keys': 1 } };
    expect(() => generateTraffic(small)).toThrow(/only 0 keys fit/);
  });
});
