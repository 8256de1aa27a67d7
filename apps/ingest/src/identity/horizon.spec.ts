import { describe, expect, it } from '@jest/globals';
import { horizonOf, rowVersionOf } from './horizon.js';

describe('horizonOf', () => {
  it('divides the memory by the partitions', () => {
    expect(horizonOf(128, 0.5, 4, 7)).toEqual({ messages: 299_000, ms: 7 * 86_400_000 });
    expect(horizonOf(128, 0.5, 8, 7).messages).toBe(149_000);
  });

  it('is never too short to see a producer’s own retries', () => {
    expect(horizonOf(1, 1 / 16, 64, 1).messages).toBe(1_000);
  });

  it('is part of the row version, for people to read', () => {
    expect(rowVersionOf(3, horizonOf(128, 0.5, 4, 7))).toBe('3/299000x7');
  });
});
