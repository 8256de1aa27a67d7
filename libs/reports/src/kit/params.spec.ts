import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { anyOf, flag, instant, oneOf, PAGING, parseParams, ReportParamsError } from './params.js';

const schema = z.strictObject({
  from: instant('From').optional(),
  key: anyOf('Keys').optional(),
  all: flag('All').prefault('false'),
  by: oneOf(['key', 'day'], 'By').default('key'),
  ...PAGING,
});

function problems(given: object): readonly string[] {
  try {
    parseParams(schema, given);
  } catch (error) {
    if (error instanceof ReportParamsError) return error.problems;
    throw error;
  }
  return [];
}

describe('parameters of reports', () => {
  it('reads text as it stands in a URL', () => {
    expect(
      parseParams(schema, { from: '2026-11-24', key: 'a', all: 'true', by: 'day', limit: '10' }),
    ).toEqual({
      from: Date.UTC(2026, 10, 24),
      key: ['a'],
      all: true,
      by: 'day',
      limit: 10,
    });
    expect(parseParams(schema, { from: '2026-11-24T12:00:00.5+01:00', key: ['a', ''] })).toEqual({
      from: Date.UTC(2026, 10, 24, 11, 0, 0, 500),
      key: ['a', ''],
      all: false,
      by: 'key',
    });
  });

  it.each([
    [
      { from: 'yesterday' },
      'from must be a time such as 2026-11-24T12:00:00Z, or a date such as 2026-11-24',
    ],
    [
      { from: '2026-13-01' },
      'from must be a time such as 2026-11-24T12:00:00Z, or a date such as 2026-11-24',
    ],
    [{ from: '1969-12-31' }, 'from must lie between 1970 and 2100'],
    [{ from: '2120-01-01' }, 'from must lie between 1970 and 2100'],
    [
      { key: 'x'.repeat(513) },
      'key must be a text of at most 512 characters, or up to 1,000 of them',
    ],
    [
      { key: Array<string>(1001).fill('a') },
      'key must be a text of at most 512 characters, or up to 1,000 of them',
    ],
    [{ all: 'yes' }, 'all must be true or false'],
    [{ by: 'week' }, 'by must be one of key, day'],
    [{ limit: 'x' }, 'limit must be a whole number'],
    [{ limit: '1.5' }, 'limit must be a whole number'],
    [{ limit: '1000001' }, 'limit must be at most 1000000'],
    [{ form: '2026-11-24' }, 'form is no parameter of this report'],
  ])('refuses %.60j', (given, problem) => {
    expect(problems(given)).toEqual([problem]);
  });

  it('names every problem at once', () => {
    expect(problems({ from: 'x', all: 'x', other: 'x' })).toHaveLength(3);
  });
});
