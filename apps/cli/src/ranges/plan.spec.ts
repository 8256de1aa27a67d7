import { describe, expect, it } from '@jest/globals';
import { readableIn, signsOfNewLog, type PartitionFacts } from './plan.js';

/** Stored and read up to 10, the log goes from 0 to 100. */
function facts(given: Partial<PartitionFacts> = {}): PartitionFacts {
  return {
    topic: 'keys',
    partition: 0,
    start: 0,
    end: 100,
    committed: 10,
    stored: { contiguousTo: 10, gapTo: undefined, to: 10 },
    ...given,
  };
}

describe('a stretch to give up', () => {
  it('that retention has removed costs nothing that could be read', () => {
    expect(readableIn(facts({ start: 30 }), { from: 10, to: 30 })).toBe(0);
  });

  it('costs what the log still has of it', () => {
    expect(readableIn(facts({ start: 30 }), { from: 10, to: 42 })).toBe(12);
    expect(readableIn(facts(), { from: 10, to: 25 })).toBe(15);
  });

  it('fills a gap between stored ranges exactly', () => {
    const gap = facts({
      start: 90,
      committed: 40,
      stored: { contiguousTo: 10, gapTo: 20, to: 40 },
    });
    expect(readableIn(gap, { from: 10, to: 20 })).toBe(0);
    for (const to of [15, 21, 95])
      expect(() => readableIn(gap, { from: 10, to })).toThrow(
        'keys/0 lacks offsets 10 to 19, what follows is stored: give up exactly that, up to 20',
      );
  });

  it('begins where ingest stopped when nothing was stored yet', () => {
    const eaten = facts({ start: 50, committed: 0, stored: undefined });
    expect(readableIn(eaten, { from: 0, to: 50 })).toBe(0);
    expect(() => readableIn(eaten, { from: 5, to: 50 })).toThrow('keys/0 is read up to 0');
  });

  it.each([
    [9, 'would overlap what is stored'],
    [11, 'would leave a gap'],
  ])('can not begin at %d, which %s', (from) => {
    expect(() => readableIn(facts({ start: 30 }), { from, to: 30 })).toThrow(
      `keys/0 is stored up to 10: what is given up must begin there, not at ${from}.`,
    );
  });

  it.each([
    [29, 'where the log has nothing'],
    [101, 'beyond its end'],
  ])('can not end at %d, %s', (to) => {
    expect(() => readableIn(facts({ start: 30 }), { from: 10, to })).toThrow(
      `The log of keys/0 has offsets 30 to 99: the end must be one of them or 100, and ${to} is not.`,
    );
  });

  it('is not empty', () => {
    expect(() => readableIn(facts(), { from: 10, to: 10 })).toThrow('must lie beyond the start');
  });

  it('is not needed where nothing was read', () => {
    const fresh = facts({ start: 30, committed: undefined, stored: undefined });
    expect(() => readableIn(fresh, { from: 0, to: 30 })).toThrow('ingest begins at 30 by itself');
  });
});

describe('signs that a topic was created anew', () => {
  it('are none where what is stored fits the log', () => {
    const fitting = [
      facts(),
      facts({ committed: undefined }),
      facts({ stored: undefined, committed: undefined }),
      facts({ stored: undefined, committed: 0 }),
      facts({ start: 30 }),
    ];
    expect(signsOfNewLog(fitting)).toEqual([]);
  });

  it.each([
    [{ end: 5 }, 'partition 0 is stored up to 10, and the log ends at 5'],
    [{ end: 5, stored: undefined }, 'partition 0 is read up to 10, and the log ends at 5'],
    [{ stored: undefined }, 'partition 0 is read up to 10, and nothing of it is stored'],
  ])('%j', (given, words) => {
    expect(
      signsOfNewLog([
        facts({ partition: 1, committed: undefined, stored: undefined }),
        facts(given),
      ]),
    ).toEqual([words]);
  });
});
