import { describe, expect, it } from '@jest/globals';
import { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.js';

describe('retryAfterMs', () => {
  const now = Date.UTC(2026, 2, 1, 10);

  it.each([
    ['120', 120_000],
    ['Sun, 01 Mar 2026 10:00:30 GMT', 30_000],
    ['Sun, 01 Mar 2026 09:00:00 GMT', 0],
    ['999999', MAX_RETRY_AFTER_MS],
    ['soon', undefined],
    [null, undefined],
  ])('of %s is %s', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
