import { describe, expect, it } from '@jest/globals';
import { combined } from './combined.js';
import { unknownCompleteness, type Completeness } from './completeness.js';

const counts = (events: number) => ({
  messages: events,
  events,
  duplicates: 1,
  conflicts: 0,
  deadLetters: 0,
  dropped: 0,
});
const complete = (completeUpTo: string, events: number): Completeness => ({
  state: 'complete',
  completeUpTo,
  lag: { messages: 0, seconds: 0 },
  missing: 0,
  reason: null,
  total: counts(events),
  inRange: counts(events),
});

describe('completeness of an answer that rests on several topics', () => {
  it('is that of the only one', () => {
    const one = complete('2026-11-24T12:00:00.000Z', 1);
    expect(combined([['a', one]])).toBe(one);
  });

  it('is the least complete state, the earliest watermark, and the sum of what was counted', () => {
    const behind: Completeness = {
      ...complete('2026-11-24T11:00:00.000Z', 2),
      state: 'behind',
      lag: { messages: 7, seconds: 3600 },
      reason: '7 messages',
    };
    expect(
      combined([
        ['a', complete('2026-11-24T12:00:00.000Z', 1)],
        ['b', behind],
      ]),
    ).toEqual({
      state: 'behind',
      completeUpTo: '2026-11-24T11:00:00.000Z',
      lag: { messages: 7, seconds: 3600 },
      missing: 0,
      reason: 'b: 7 messages',
      total: { ...counts(3), duplicates: 2 },
      inRange: { ...counts(3), duplicates: 2 },
    });
  });

  it('is unknown, with no number, as soon as one is', () => {
    const all = combined([
      ['a', complete('2026-11-24T12:00:00.000Z', 1)],
      ['b', unknownCompleteness('Kafka: away')],
    ]);
    expect(all).toEqual(unknownCompleteness('b: Kafka: away'));
  });
});
