import { describe, expect, it } from '@jest/globals';
import { collect, durationMs, numberIn, tableOrJson, timeMs, wholeNumber } from './parse.js';

describe('a whole number', () => {
  it('lies between its bounds', () => {
    expect(wholeNumber(1, 10)('10')).toBe(10);
  });

  it.each(['0', '11', '1.5', '-1', 'abc', '', '1e1', ' 2', '0x2'])('is not %j', (text) => {
    expect(() => wholeNumber(1, 10)(text)).toThrow('It must be a whole number between 1 and 10.');
  });

  it('may have no upper bound but what a number holds', () => {
    expect(() => wholeNumber(1)('99999999999999999999')).toThrow('at least 1');
  });
});

describe('a number', () => {
  it('lies between its bounds', () => {
    expect(numberIn(0.1, 5)('0.5')).toBe(0.5);
  });

  it.each(['', ' ', '6', 'NaN', 'abc'])('is not %j', (text) => {
    expect(() => numberIn(0.1, 5)(text)).toThrow('It must be a number between 0.1 and 5.');
  });

  it('may have to be above 0', () => {
    expect(() => numberIn(Number.MIN_VALUE, 5)('0')).toThrow('a number above 0, at most 5');
  });
});

describe('a time', () => {
  it.each([
    ['2026-11-24', Date.UTC(2026, 10, 24)],
    ['2026-11-24T12:00:00Z', Date.UTC(2026, 10, 24, 12)],
    ['2026-11-24T12:00:00.5+02:00', Date.UTC(2026, 10, 24, 10, 0, 0, 500)],
  ])('%s', (text, ms) => {
    expect(timeMs(text)).toBe(ms);
  });

  // Date.parse takes the first three: as a year, and in the time zone of the machine.
  it.each(['1', '2026-11-24T12:00:00', 'Nov 24 2026', 'yesterday', '2026-13-01'])(
    'is not %j',
    (text) => {
      expect(() => timeMs(text)).toThrow('2026-11-24T12:00:00Z, or a date');
    },
  );
});

describe('a stretch of time', () => {
  it.each([
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('%s', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '2', 'h', '0h', '-1h', '1.5h', '2 h', '2w', '1234567d'])('is not %j', (text) => {
    expect(() => durationMs(text)).toThrow('such as 30m, 2h or 7d');
  });
});

describe('a list for people or programs', () => {
  it('is a table or json', () => {
    expect(['table', 'json'].map(tableOrJson)).toEqual(['table', 'json']);
    expect(() => tableOrJson('csv')).toThrow('It must be table or json.');
  });
});

describe('an option that may be given several times', () => {
  it('keeps all', () => {
    expect(collect('b', collect('a'))).toEqual(['a', 'b']);
  });
});
