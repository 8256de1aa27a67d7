import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';

const draws = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.next());

describe('Random', () => {
  it('repeats itself for a seed and a stream only', () => {
    const first = draws(new Random(7, 1), 50);
    expect(draws(new Random(7, 1), 50)).toEqual(first);
    expect(draws(new Random(8, 1), 50)).not.toEqual(first);
    expect(draws(new Random(7, 2), 50)).not.toEqual(first);
    expect(draws(new Random(7 + 2 ** 32, 1), 50)).not.toEqual(first);
  });

  it('never changes what a seed gives', () => {
    expect(
      Array.from(
        { length: 3 },
        (
          (random) => () =>
            random.below(1e6)
        )(new Random(1)),
      ),
    ).toEqual([102_862, 143_062, 382_850]);
  });

  it('spreads evenly from 0 up to 1', () => {
    const buckets = new Array<number>(10).fill(0);
    for (const value of draws(new Random(3), 100_000)) {
      const bucket = Math.floor(value * 10);
      buckets[bucket] = (buckets[bucket] ?? Number.NaN) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it('is uncorrelated between neighbouring streams', () => {
    const pairs = Array.from({ length: 20_000 }, (_, n) => [
      new Random(5, n).next(),
      new Random(5, n + 1).next(),
    ]);
    const mean =
      pairs.reduce((sum, [a = 0, b = 0]) => sum + (a - 0.5) * (b - 0.5), 0) / pairs.length;
    expect(Math.abs(mean * 12)).toBeLessThan(0.03);
  });

  it('shuffles without loss', () => {
    const list = Array.from({ length: 100 }, (_, n) => n);
    const order = new Random(1).shuffle(list);
    expect(order).not.toEqual(list);
    expect(order.toSorted((a, b) => a - b)).toEqual(list);
  });
});
