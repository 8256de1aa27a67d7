import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Contradiction, watermarkOf, type StoredPartition } from './watermark.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const at = (
  partition: number,
  to: number,
  more: Partial<StoredPartition> = {},
): StoredPartition => ({
  partition,
  from: 0,
  to,
  uncovered: 0,
  abandoned: 0,
  lastLogTimeMs: NOW - 10_000 * (partition + 1),
  ...more,
});
const end = (partition: number, high: number, low = 0) => ({ partition, low, high });

describe('the watermark', () => {
  it('is now where every partition is read to its end', () => {
    expect(watermarkOf([at(0, 5), at(1, 7)], [end(0, 5), end(1, 7)], NOW)).toMatchObject({
      state: 'complete',
      upToMs: NOW,
      lagMessages: 0,
      missing: 0,
    });
  });

  it('is the log time of the position that is furthest behind, whichever others are at their end', () => {
    expect(
      watermarkOf([at(0, 5), at(1, 5), at(2, 5)], [end(0, 5), end(1, 7), end(2, 6)], NOW),
    ).toMatchObject({
      state: 'behind',
      upToMs: NOW - 30_000,
      lagMessages: 3,
    });
  });

  it('is now for a partition that never had a message, and for one that retention has emptied', () => {
    expect(watermarkOf([], [end(0, 0)], NOW)).toMatchObject({ state: 'complete', upToMs: NOW });
    expect(watermarkOf([at(0, 9)], [end(0, 9, 9)], NOW)).toMatchObject({
      state: 'complete',
      upToMs: NOW,
    });
  });

  it('is nothing where messages wait and none was ever written', () => {
    expect(watermarkOf([at(0, 5)], [end(0, 5), end(1, 4, 1)], NOW)).toMatchObject({
      state: 'behind',
      upToMs: null,
      lagMessages: 3,
      missing: 0,
    });
  });

  it.each([
    ['retention has overtaken the position', at(0, 5), end(0, 20, 8), 3],
    ['offsets lie in no range', at(0, 20, { uncovered: 2 }), end(0, 20), 2],
    ['offsets lie in two ranges', at(0, 20, { uncovered: -2 }), end(0, 20), 2],
    ['an operator gave a range up', at(0, 20, { abandoned: 4 }), end(0, 20), 4],
  ])('has gaps where %s', (_, stored, bounds, missing) => {
    expect(watermarkOf([stored], [bounds], NOW)).toMatchObject({ state: 'gaps', missing });
  });

  it.each([
    ['is beyond the log', [at(0, 6)], [end(0, 5)], /was the topic created anew/],
    [
      'has a partition that the topic has not',
      [at(0, 5), at(1, 1)],
      [end(0, 5)],
      /the topic has not/,
    ],
    ['has a topic without partitions', [], [], /no partitions/],
  ])('contradicts itself where the database %s', (_, stored, ends, message) => {
    expect(() => watermarkOf(stored, ends, NOW)).toThrow(Contradiction);
    expect(() => watermarkOf(stored, ends, NOW)).toThrow(message);
  });

  it('never says complete while a message is missing, and never later than any partition allows', () => {
    const partition = fc.record({
      to: fc.nat(50),
      behind: fc.nat(5),
      uncovered: fc.integer({ min: -1, max: 1 }),
      logTime: fc.integer({ min: NOW - 1000, max: NOW }),
    });
    fc.assert(
      fc.property(fc.array(partition, { minLength: 1, maxLength: 4 }), (partitions) => {
        const stored = partitions.map(({ to, uncovered, logTime }, n) =>
          at(n, to, { uncovered, lastLogTimeMs: logTime }),
        );
        const ends = partitions.map(({ to, behind }, n) => end(n, to + behind));
        const found = watermarkOf(stored, ends, NOW);
        const fine = partitions.every(({ behind, uncovered }) => behind === 0 && uncovered === 0);
        expect(found.state === 'complete').toBe(fine);
        for (const { behind, logTime } of partitions) {
          if (behind > 0) expect(found.upToMs).toBeLessThanOrEqual(logTime);
        }
        expect(found.lagMessages).toBe(partitions.reduce((sum, { behind }) => sum + behind, 0));
      }),
    );
  });
});
