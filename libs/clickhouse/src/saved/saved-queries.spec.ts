import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  loadSavedQueries,
  parseSavedQuery,
  SAVED_FOLDER,
  SAVED_QUERIES,
  savedParams,
} from './saved-queries.js';

describe('the list of saved queries', () => {
  it('is the folder', () => {
    const files = readdirSync(SAVED_FOLDER).filter((name) => name.endsWith('.sql'));
    expect(files.sort()).toEqual(SAVED_QUERIES.map((name) => `${name}.sql`).sort());
    expect(loadSavedQueries()).toHaveLength(10);
  });

  it('asks the views alone, in an order that is always the same', () => {
    for (const { sql } of loadSavedQueries()) {
      expect(sql).toContain('ORDER BY');
      expect(sql).not.toMatch(/FROM \w+\./);
    }
  });
});

describe('a saved query', () => {
  const text =
    '-- title: What\n-- param key String: the key\n-- param days UInt32 = 7: days\n-- param tenant String = : tenant\nSELECT {key:String}, {days:UInt32}, {tenant:String}\n';

  it('says what it takes', () => {
    expect(parseSavedQuery('x', text)).toEqual({
      name: 'x',
      title: 'What',
      params: [
        { name: 'key', type: 'String', fallback: undefined, about: 'the key' },
        { name: 'days', type: 'UInt32', fallback: '7', about: 'days' },
        { name: 'tenant', type: 'String', fallback: '', about: 'tenant' },
      ],
      sql: 'SELECT {key:String}, {days:UInt32}, {tenant:String}',
    });
  });

  it.each([
    ['SELECT 1', 'title'],
    ['-- title: What\nSELECT {x:String}', 'x:String'],
    ['-- title: What\n-- param x String: x\nSELECT 1', 'x:String'],
    ['-- title: What\n-- param x String: x\nSELECT {x:UInt8}', 'x:UInt8'],
  ])('is refused where it does not say what it takes: %j', (sql, words) => {
    expect(() => parseSavedQuery('x', sql)).toThrow(words);
  });

  it('runs with what is given, else with its defaults', () => {
    const query = parseSavedQuery('x', text);
    expect(savedParams(query, { key: 'k', days: '1' })).toEqual({
      key: 'k',
      days: '1',
      tenant: '',
    });
    expect(() => savedParams(query, { kee: 'k' })).toThrow(
      'x: kee is none of its values; key is missing (the key). It takes key, days, tenant: --param name=value.',
    );
  });
});
