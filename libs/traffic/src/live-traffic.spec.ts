import { describe, expect, it } from '@jest/globals';
import {
  decodeKeyEvent,
  encodeKeyEvent,
  REQUEST_MADE,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { generateTraffic, liveTraffic } from './index.js';

const NOW = Date.parse('2026-03-15T13:00:00Z');
const OPTIONS = { seed: 9, keys: 60, ratePerSecond: 20 };
const HISTORY = { seed: 9, keys: 60, days: 3, endMs: NOW };

const timeOf = ({ time }: OutgoingKeyEvent): number => Date.parse(time ?? '');

describe('liveTraffic', () => {
  it('issues its keys on the first call where there is no history', () => {
    const issued = liveTraffic(OPTIONS).next(NOW);
    expect(issued.filter(({ type }) => type === 'keywatch.key.created.v1')).toHaveLength(60);
    expect(issued.filter(({ type }) => type === REQUEST_MADE)).toEqual([]);
    expect(Math.max(...issued.map(timeOf))).toBeLessThanOrEqual(NOW);
  });

  it('gives what is due since the last call, at about the asked rate', () => {
    const live = liveTraffic(OPTIONS);
    live.next(NOW);
    let count = 0;
    for (let fromMs = NOW; fromMs < NOW + 60_000; fromMs += 250) {
      const due = live.next(fromMs + 250);
      count += due.length;
      const times = due.map(timeOf);
      expect(times.every((ms) => ms >= fromMs && ms < fromMs + 250)).toBe(true);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    expect(count).toBeGreaterThan(1050);
    expect(count).toBeLessThan(1350);
  });

  it('gives nothing twice: not for the same moment, nor when the clock goes back', () => {
    const live = liveTraffic(OPTIONS);
    live.next(NOW);
    expect(live.next(NOW + 5000).length).toBeGreaterThan(0);
    expect(live.next(NOW + 5000)).toEqual([]);
    expect(live.next(NOW - 5000)).toEqual([]);
    expect(live.next(NOW + 6000).every((event) => timeOf(event) >= NOW + 5000)).toBe(true);
  });

  it('leaves out a long pause', () => {
    const live = liveTraffic(OPTIONS);
    live.next(NOW);
    const due = live.next(NOW + 3_600_000);
    expect(due.length).toBeLessThan(20 * 60 * 1.2);
    expect(due.every((event) => timeOf(event) >= NOW + 3_540_000)).toBe(true);
  });

  it('goes on with the clean keys of its history, at home and with their current secret', () => {
    const history = generateTraffic(HISTORY);
    const ids = new Set(Array.from(history.events, ({ id }) => id));
    const live = liveTraffic({ ...OPTIONS, history: HISTORY });
    expect(live.next(NOW)).toEqual([]);
    const due = live.next(NOW + 60_000);
    expect(due.length).toBeGreaterThan(500);
    const clean = new Map(
      history.keys.filter(({ plant }) => plant === undefined).map((key) => [key.keyId, key]),
    );
    for (const event of due) {
      const key = clean.get(event.subject);
      expect(key?.allowed).toContain(event.data.environment ?? key?.home);
      expect(event.data).toMatchObject({
        secretVersion: 1 + (key?.rotations.length ?? Number.NaN),
      });
      expect(key?.revokedMs).toBe(Infinity);
      expect(ids.has(event.id)).toBe(false);
      expect(decodeKeyEvent({ value: Buffer.from(encodeKeyEvent(event).value) }).kind).toBe('ok');
    }
  });

  it('names other events after a restart', () => {
    const [first, second] = [NOW, NOW + 10_000].map((startMs) => {
      const live = liveTraffic({ ...OPTIONS, history: HISTORY });
      live.next(startMs);
      return new Set(live.next(startMs + 5000).map(({ id }) => id));
    });
    expect(first?.size).toBeGreaterThan(0);
    expect([...(first ?? [])].filter((id) => second?.has(id))).toEqual([]);
  });
});
