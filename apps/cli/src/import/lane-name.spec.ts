import { describe, expect, it } from '@jest/globals';
import { laneName } from './lane-name.js';

describe('the lane of an import', () => {
  it.each([
    ['/logs/invictus.jsonl.gz', 'cloudtrail-invictus'],
    ['2026.11.24.json', 'cloudtrail-2026.11.24'],
    ['C:\\logs\\a.LOG', 'cloudtrail-a'],
    ['with blanks & co.json', 'cloudtrail-with-blanks-co'],
  ])('of %s is %s', (file, lane) => {
    expect(laneName('cloudtrail', file)).toBe(lane);
  });

  it('is never longer than an event may carry', () => {
    expect(laneName('cloudtrail', 'x'.repeat(300))).toHaveLength(128);
  });
});
