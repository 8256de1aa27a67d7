import { describe, expect, it } from '@jest/globals';
import { analystSettings, checkAnalystStatement } from './analyst-policy.js';
import { parseStatement } from './statement.js';

const FUNCTIONS = new Set([
  'file',
  'url',
  's3',
  'remote',
  'executable',
  'numbers',
  'view',
  'merge',
]);
const check = (sql: string): void => {
  checkAnalystStatement(parseStatement(sql), FUNCTIONS);
};
const readonly = expect.objectContaining({ code: 164 });

describe('an analyst', () => {
  it.each([
    'SELECT count() FROM t',
    'SELECT file, url FROM t',
    "SELECT 'file(1)'",
    'SELECT * FROM numbers(10)',
    'DESCRIBE TABLE t',
    'SELECT 1 /* file() */',
  ])('may ask %s', (sql) => {
    expect(() => {
      check(sql);
    }).not.toThrow();
  });

  it.each([
    'INSERT INTO t VALUES (1)',
    'INSERT INTO t SELECT 1',
    'DROP TABLE t',
    'SET max_threads = 1',
    'USE system',
    'KILL QUERY WHERE 1',
    'SYSTEM FLUSH LOGS',
    "SELECT file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    'SELECT "fi\\le"(\'/etc/passwd\')',
    "DESCRIBE file('/etc/passwd')",
    "SELECT * FROM file /* x */ ('/etc/passwd')",
    "SELECT * FROM URL('http://x', 'CSV')",
    "SELECT x'\\', file('/etc/passwd'), '1'",
    "SELECT ‘'’, file('/etc/passwd'), '1'",
    "SELECT /* /* */ ' */ 1, file('/etc/passwd'), '1'",
    "SELECT 1 # ' \n, file('/etc/passwd'), '1'",
    "SELECT 'a",
  ])('may not %s', (sql) => {
    expect(() => {
      check(sql);
    }).toThrow(readonly);
  });

  it('has limits that can be lowered and not lifted', () => {
    const settings = analystSettings(
      new Map([
        ['max_execution_time', "'5'"],
        ['max_memory_usage', "'0'"],
        ['max_result_rows', "'99999999'"],
        ['output_format_json_quote_64bit_integers', "'1'"],
      ]),
    );
    expect(Object.fromEntries(settings)).toMatchObject({
      max_execution_time: '5',
      max_memory_usage: '2000000000',
      max_result_rows: '1000000',
      output_format_json_quote_64bit_integers: "'1'",
      readonly: '1',
    });
    expect([...settings.keys()].at(-1)).toBe('readonly');
  });

  it('cannot lift readonly, nor set what changes more than the look of an answer', () => {
    expect(analystSettings(new Map([['readonly', "'0'"]])).get('readonly')).toBe('1');
    expect(() => analystSettings(new Map([['allow_ddl', "'1'"]]))).toThrow(readonly);
  });
});
