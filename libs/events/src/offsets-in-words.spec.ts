import { describe, expect, it } from '@jest/globals';
import { offsetsInWords } from './offsets-in-words.js';

describe('offsets in words', () => {
  it.each([
    [0, 12, '0 to 11'],
    [7, 8, '7'],
    [7, 7, 'none'],
  ])('from %d up to, not including, %d: %s', (from, to, words) => {
    expect(offsetsInWords(from, to)).toBe(words);
  });
});
