import { describe, expect, it } from '@jest/globals';
import { ImportCount } from './import-count.js';

describe('the count of an import', () => {
  it('counts every rejected record and spells out the first ten', () => {
    const counted = new ImportCount();
    for (let line = 1; line <= 12; line += 1)
      counted.reject({ file: 'a', line }, line === 12 ? 'other' : 'unreadable', 'not JSON');
    expect(counted.rejected).toBe(12);
    expect(Object.fromEntries(counted.reasons)).toEqual({ unreadable: 11, other: 1 });
    expect(counted.examples.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('tells what was left out apart from what was rejected', () => {
    const counted = new ImportCount();
    counted.skip('no key');
    counted.skip('no key');
    expect(counted.summary()).toMatchObject({ rejected: 0, skipped: { 'no key': 2 }, reasons: {} });
  });
});
