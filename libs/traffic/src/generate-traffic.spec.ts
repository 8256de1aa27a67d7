import { BlockList, isIPv6 } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import {
  decodeKeyEvent,
  encodeKeyEvent,
  REQUEST_MADE,
  type KeyEvent,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { generateTraffic, type TrafficOptions } from './index.js';

const END = Date.parse('2026-03-15T13:00:00Z');
const HOUR = 3_600_000;
const OPTIONS: TrafficOptions = { seed: 42, keys: 200, days: 14, ratePerSecond: 0.02, endMs: END };

function decoded(event: OutgoingKeyEvent): KeyEvent {
  const result = decodeKeyEvent({ value: Buffer.from(encodeKeyEvent(event).value) });
  if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
  return result.event;
}

describe('generateTraffic', () => {
  const traffic = generateTraffic(OPTIONS);
  const outgoing = [...traffic.events];
  const events = outgoing.map(decoded);
  const requests = events.filter((event) => event.type === REQUEST_MADE);

  it('gives the same events and truth for the same options', () => {
    const again = generateTraffic(OPTIONS);
    expect(JSON.stringify([...again.events])).toBe(JSON.stringify(outgoing));
    expect(again.truth()).toEqual(traffic.truth());
  });

  it('gives other keys and events for another seed', () => {
    const other = [...generateTraffic({ ...OPTIONS, seed: 43 }).events];
    const subjects = new Set(outgoing.map(({ subject }) => subject));
    const ids = new Set(outgoing.map(({ id }) => id));
    expect(other.filter(({ subject }) => subjects.has(subject))).toEqual([]);
    expect(other.filter(({ id }) => ids.has(id))).toEqual([]);
  });

  it('takes seeds of more than 32 bits apart', () => {
    const first = (seed: number): unknown =>
      generateTraffic({ ...OPTIONS, seed }).events.next().value?.subject;
    expect(first(2 ** 40)).not.toBe(first(2 ** 41));
  });

  it('comes in time order, with unique ids, up to the end', () => {
    expect(events.filter(({ timeMs }, n) => timeMs < (events[n - 1]?.timeMs ?? 0))).toEqual([]);
    expect(new Set(events.map(({ source, id }) => `${source} ${id}`)).size).toBe(events.length);
    expect(events.at(-1)?.timeMs).toBeLessThanOrEqual(END);
  });

  it('is made one at a time', () => {
    const endless = generateTraffic({ ...OPTIONS, days: 3000, ratePerSecond: 1e6 }).events;
    const first = Array.from({ length: 5000 }, () => endless.next().value);
    expect(first.filter((event) => event?.type === REQUEST_MADE).length).toBeGreaterThan(3000);
  });

  it('has the asked rate on average', () => {
    const expected = 0.02 * 14 * 86_400;
    expect(requests.length / expected).toBeGreaterThan(0.95);
    expect(requests.length / expected).toBeLessThan(1.05);
  });

  it('follows day and week', () => {
    const at = (wanted: (date: Date) => boolean): number =>
      requests.filter(({ timeMs }) => wanted(new Date(timeMs))).length;
    const workday = (date: Date): boolean => ![0, 6].includes(date.getUTCDay());
    const afternoon = at((date) => workday(date) && [13, 14, 15].includes(date.getUTCHours()));
    const night = at((date) => workday(date) && [1, 2, 3].includes(date.getUTCHours()));
    expect(afternoon / night).toBeGreaterThan(3);
    // Two weeks: ten workdays, four days of weekend.
    const ratio = at(workday) / 10 / (at((date) => !workday(date)) / 4);
    expect(ratio).toBeGreaterThan(1.3);
    expect(ratio).toBeLessThan(3);
  });

  it('uses few keys much and many keys little', () => {
    const counts = traffic.keys.map(
      ({ keyId }) => requests.filter((r) => r.keyId === keyId).length,
    );
    const top = counts.slice(0, 10).reduce((sum, count) => sum + count, 0);
    expect(top / requests.length).toBeGreaterThan(0.3);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(150);
  });

  it('is mostly served', () => {
    const share = (from: number, to: number): number =>
      requests.filter(({ data }) => (data.status ?? 0) >= from && (data.status ?? 0) < to).length /
      requests.length;
    expect(share(200, 300)).toBeGreaterThan(0.94);
    expect(share(400, 500)).toBeGreaterThan(0.01);
    expect(share(500, 600)).toBeGreaterThan(0.001);
  });

  it('has addresses of documentation ranges only, of both families', () => {
    const reserved = new BlockList();
    reserved.addSubnet('192.0.2.0', 24);
    reserved.addSubnet('198.51.100.0', 24);
    reserved.addSubnet('203.0.113.0', 24);
    reserved.addSubnet('2001:db8::', 32, 'ipv6');
    const addresses = [...new Set(requests.map(({ data }) => data.sourceIp ?? ''))];
    expect(addresses.filter((a) => !reserved.check(a, isIPv6(a) ? 'ipv6' : 'ipv4'))).toEqual([]);
    expect(addresses.filter((a) => isIPv6(a)).length).toBeGreaterThan(10);
    expect(addresses.filter((a) => !isIPv6(a)).length).toBeGreaterThan(10);
  });

  it('has owners with mail below example.com only, and plans, environments and teams of all kinds', () => {
    const created = events.filter((event) => event.type === 'keywatch.key.created.v1');
    expect(created).toHaveLength(200);
    for (const { data, tenantId } of created) {
      expect(data.owner?.email).toMatch(
        new RegExp(`^[a-z]+\\.[a-z]+@${tenantId}\\.example\\.com$`),
      );
    }
    const distinct = (values: unknown[]): number => new Set(values).size;
    expect(distinct(created.map(({ data }) => data.plan))).toBe(3);
    expect(distinct(created.map(({ data }) => data.environment))).toBe(3);
    expect(distinct(created.map(({ data }) => data.owner?.team))).toBe(5);
    expect(distinct(created.map(({ tenantId }) => tenantId))).toBeGreaterThan(5);
  });

  it('names the lane that is asked for, and none otherwise', () => {
    const [event] = generateTraffic({ ...OPTIONS, lane: 'rehearsal' }).events;
    expect(event?.lane).toBe('rehearsal');
    expect(outgoing.some((each) => 'lane' in each)).toBe(false);
  });

  it('plants as many keys of each kind as asked for', () => {
    const anomalies = { 'multi-environment-use': 9, 'stale-key': 12, 'scanner-user-agent': 1 };
    const asked = generateTraffic({ ...OPTIONS, anomalies });
    expect([...asked.events].length).toBeGreaterThan(0);
    const counts: Record<string, number> = {};
    for (const name of new Set(asked.truth().map(({ rule, keyId }) => `${rule} ${keyId}`))) {
      const rule = name.split(' ')[0] ?? '';
      counts[rule] = (counts[rule] ?? 0) + 1;
    }
    expect(counts).toEqual(anomalies);
  });

  it('starts with what happened before the window', () => {
    const firstRequest = events.findIndex(
      ({ type, timeMs }) => type === REQUEST_MADE && timeMs >= END - 14 * 24 * HOUR,
    );
    expect(events.slice(0, firstRequest).length).toBeGreaterThan(150);
  });

  it.each<[string, Partial<TrafficOptions>]>([
    ['seed', { seed: -1 }],
    ['seed', { seed: 0.5 }],
    ['keys', { keys: 0 }],
    ['days', { days: 0.01 }],
    ['days', { days: Number.NaN }],
    ['endMs', { endMs: Number.NaN }],
    ['ratePerSecond', { ratePerSecond: 0 }],
    ['anomalies', { anomalies: { 'auth-failure-burst': 300 } }],
    ['anomalies.stale-key', { anomalies: { 'stale-key': 150 } }],
    ['anomalies.stale-key', { anomalies: { 'stale-key': -1 } }],
  ])('refuses a wrong %s and names it', (option, wrong) => {
    expect(() => generateTraffic({ ...OPTIONS, ...wrong })).toThrow(RangeError);
    expect(() => generateTraffic({ ...OPTIONS, ...wrong })).toThrow(`traffic option ${option} `);
  });
});
