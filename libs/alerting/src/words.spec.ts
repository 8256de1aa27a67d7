import { describe, expect, it } from '@jest/globals';
import { SEVERITIES } from '@keywatch/events';
import { severityRank } from './severities.js';
import { countInWords, dayInWords, listInWords } from './words.js';

describe('words', () => {
  it('names days in UTC', () => {
    expect(dayInWords(Date.UTC(2026, 11, 31, 23, 59, 59, 999))).toBe('31 December 2026');
    expect(dayInWords(Date.UTC(2026, 0, 1))).toBe('1 January 2026');
  });

  it('lists, and counts the rest', () => {
    expect(listInWords([])).toBe('');
    expect(listInWords(['a'])).toBe('a');
    expect(listInWords(['a', 'b'])).toBe('a and b');
    expect(listInWords(['a', 'b', 'c'])).toBe('a, b and c');
    expect(listInWords(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  });

  it('counts one and many', () => {
    expect(countInWords(1, 'day')).toBe('1 day');
    expect(countInWords(0, 'day')).toBe('0 days');
    expect(countInWords(2, 'entry', 'entries')).toBe('2 entries');
  });

  it('ranks severities', () => {
    expect(SEVERITIES.map(severityRank)).toEqual([0, 1, 2, 3, 4]);
  });
});
