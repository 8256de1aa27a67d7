import { describe, expect, it } from '@jest/globals';
import { percentiles, spread } from './statistics.js';

describe('spread', () => {
  it('is by size, not by text, and takes the middle of an odd number of rounds', () => {
    expect(spread([100_000, 9, 20_000])).toEqual({ min: 9, median: 20_000, max: 100_000 });
  });

  it('takes the mean of the two in the middle of an even number', () => {
    expect(spread([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
  });

  it('of one round is that round', () => {
    expect(spread([7])).toEqual({ min: 7, median: 7, max: 7 });
  });

  it('leaves the rounds in their order', () => {
    const rounds = [3, 1, 2];
    spread(rounds);
    expect(rounds).toEqual([3, 1, 2]);
  });

  it.each([[[]], [[1, Number.NaN]], [[Number.POSITIVE_INFINITY]]])('refuses %j', (values) => {
    expect(() => spread(values)).toThrow(RangeError);
  });
});

describe('percentiles', () => {
  it('are measured values by nearest rank', () => {
    const samples = Array.from({ length: 1000 }, (_, i) => 1000 - i);
    expect(percentiles(samples)).toEqual({
      samples: 1000,
      p50: 500,
      p95: 950,
      p99: 990,
      max: 1000,
    });
  });

  it('of a few samples show the worst at p99', () => {
    expect(percentiles([1, 2, 50])).toEqual({ samples: 3, p50: 2, p95: 50, p99: 50, max: 50 });
  });

  it('of one sample are that sample', () => {
    expect(percentiles([5])).toEqual({ samples: 1, p50: 5, p95: 5, p99: 5, max: 5 });
  });

  it('refuses none', () => {
    expect(() => percentiles([])).toThrow('no values');
  });
});
