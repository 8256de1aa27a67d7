import { describe, expect, it } from '@jest/globals';
import { analystDatabase, analystSettings, checkAnalystStatement } from './analyst-policy.js';
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
const DATABASES = ['default', 'keywatch', 'keywatch_views', 'system', 'INFORMATION_SCHEMA'];
const REACH = {
  views: 'keywatch_views',
  databases: new Set(DATABASES),
  tableFunctions: FUNCTIONS,
};
const check = (sql: string): void => {
  checkAnalystStatement(parseStatement(sql), REACH);
};
const readonly = expect.objectContaining({ code: 164 });
const denied = expect.objectContaining({ code: 497, status: 403 });

describe('an analyst', () => {
  it.each([
    'SELECT count() FROM t',
    'SELECT file, url FROM t',
    "SELECT 'file(1)'",
    'SELECT * FROM numbers(10)',
    'DESCRIBE TABLE t',
    'SELECT 1 /* file() */',
    'SELECT count() FROM keywatch_views.requests',
    'SELECT keys.name FROM keys',
    "SELECT 'keywatch.key_events' -- keywatch.key_events",
    "SELECT name FROM system.columns WHERE database = 'keywatch_views'",
    'SELECT * FROM `system`.`tables`',
    'SELECT table_name FROM INFORMATION_SCHEMA.tables',
    'SELECT {keywatch:String}',
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
    'SELECT 1 SETTINGS max_rows_to_read = DEFAULT',
    'SELECT 1 SETTINGS max_rows_to_read=/**/default, readonly = DEFAULT',
    'USE system',
    'KILL QUERY WHERE 1',
    'SYSTEM FLUSH LOGS',
    "SELECT file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    'SELECT "fi\\le"(\'/etc/passwd\')',
    "DESCRIBE file('/etc/passwd')",
    "SELECT * FROM file /* x */ ('/etc/passwd')",
    "SELECT * FROM URL('http://x', 'CSV')",
    "SELECT * FROM merge('keywatch', '.*')",
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

  it.each([
    'SELECT * FROM keywatch.key_events',
    'SELECT * FROM `keywatch`.key_events',
    'SELECT * FROM "keywatch" . "key_events"',
    'SELECT * FROM keywatch /* x */ .\nkey_events',
    'SELECT 1 WHERE 1 IN keywatch.key_events',
    'SELECT * FROM (SELECT * FROM view(SELECT * FROM keywatch.key_events))',
    'DESCRIBE keywatch.key_events',
    'SHOW CREATE TABLE keywatch.key_events',
    'EXPLAIN SELECT * FROM keywatch.key_events',
    'SELECT query FROM system.processes',
    'SELECT * FROM system . query_log',
    'SHOW FULL PROCESSLIST',
    'SELECT * FROM {t:Identifier}',
    'SELECT * FROM {d:Identifier}.key_events',
  ])('may not look into what is not for people: %s', (sql) => {
    expect(() => {
      check(sql);
    }).toThrow(denied);
  });

  it('finds names in the views unless it asks for another database that it may read', () => {
    expect(analystDatabase(undefined, REACH)).toBe('keywatch_views');
    expect(analystDatabase('', REACH)).toBe('keywatch_views');
    expect(analystDatabase('keywatch_views', REACH)).toBe('keywatch_views');
    expect(analystDatabase('default', REACH)).toBe('default');
    expect(analystDatabase(undefined, { ...REACH, databases: new Set(['default']) })).toBe(
      'default',
    );
    for (const name of ['keywatch', 'system', 'nowhere'])
      expect(() => analystDatabase(name, REACH)).toThrow(denied);
  });

  it('has limits that can be lowered and not lifted', () => {
    const settings = analystSettings(
      new Map([
        ['max_execution_time', "'5'"],
        ['max_memory_usage', "'0'"],
        ['max_result_rows', "'99999999'"],
        ['max_threads', "'64'"],
        ['result_overflow_mode', "'break'"],
        ['output_format_json_quote_64bit_integers', "'1'"],
      ]),
    );
    expect(Object.fromEntries(settings)).toMatchObject({
      max_execution_time: '5',
      max_memory_usage: '2000000000',
      max_result_rows: '1000000',
      max_result_bytes: '268435456',
      max_rows_to_read: '1000000000',
      max_threads: '2',
      result_overflow_mode: "'break'",
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
