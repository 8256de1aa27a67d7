import { describe, expect, it } from '@jest/globals';
import { backoffMs } from './backoff.js';

describe('backoffMs', () => {
  it('doubles from a second to five minutes', () => {
    const longest = [1, 2, 3, 9, 10, 1000].map((attempt) => backoffMs(attempt, 0, () => 1));
    expect(longest).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
  });

  it('is never shorter than what the other side asks for', () => {
    expect(backoffMs(1, 7000, () => 0)).toBe(7000);
  });
});
