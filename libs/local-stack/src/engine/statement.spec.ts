import { describe, expect, it } from '@jest/globals';
import { parseStatement, type Statement } from './statement.js';

const kindOf = (sql: string): string => parseStatement(sql).kind;
const formatOf = (sql: string): string | undefined => parseStatement(sql).format;
const insertOf = (sql: string): Extract<Statement, { kind: 'insert' }> & { data: string } => {
  const statement = parseStatement(sql);
  if (statement.kind !== 'insert') throw new Error(`${sql} is ${statement.kind}`);
  return { ...statement, data: sql.slice(statement.dataStart) };
};

describe('the kind of a statement', () => {
  it.each([
    ['SELECT 1', 'read'],
    ['-- note\nselect 1;', 'read'],
    ['(SELECT 1) UNION ALL (SELECT 2)', 'read'],
    ['WITH x AS (SELECT 1) SELECT * FROM x', 'read'],
    ['FROM t SELECT a', 'read'],
    ['SHOW TABLES', 'read'],
    ['EXPLAIN SELECT 1', 'read'],
    ['EXISTS TABLE t', 'read'],
    ["SELECT 'INSERT INTO t'", 'read'],
    ['INSERT INTO t FORMAT CSV', 'insert'],
    ['INSERT INTO t VALUES (1)', 'insert'],
    ['INSERT INTO t SELECT 1', 'command'],
    ['INSERT INTO t (a) SELECT 1', 'command'],
    ['WITH 1 AS x INSERT INTO t SELECT x', 'command'],
    ["INSERT INTO FUNCTION null('a Int8') SELECT 1", 'command'],
    ['CREATE TABLE t (a Int8) ENGINE = Null', 'command'],
    ['OPTIMIZE TABLE t FINAL', 'command'],
    ['KILL QUERY WHERE 1', 'command'],
  ])('%s is %s', (sql, kind) => {
    expect(kindOf(sql)).toBe(kind);
  });

  it('knows which ones leave traces on their connection', () => {
    const changes = (sql: string): unknown => parseStatement(sql);
    expect(changes('SET max_threads = 1')).toMatchObject({ changesConnection: true });
    expect(changes('USE system')).toMatchObject({ changesConnection: true });
    expect(changes('CREATE TEMPORARY TABLE t (a Int8)')).toMatchObject({ changesConnection: true });
    expect(changes('CREATE TABLE t (a Int8)')).toMatchObject({ changesConnection: false });
  });

  it.each([
    ['', 62],
    [' ; ', 62],
    ['SELECT 1; DROP TABLE t', 62],
    ["SELECT 1 INTO OUTFILE '/tmp/x'", 358],
    ["INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV", 48],
  ])('refuses %j with code %i', (sql, code) => {
    expect(() => parseStatement(sql)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the format of a result', () => {
  it.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SELECT 1 format JSONEachRow settings max_threads=1', 'JSONEachRow'],
    ['SELECT format FROM t', undefined],
    ['SELECT 1 AS format', undefined],
    ["SELECT 'FORMAT JSON'", undefined],
    ['SHOW TABLES FORMAT TSV;', 'TSV'],
  ])('%s: %s', (sql, format) => {
    expect(formatOf(sql)).toBe(format);
  });

  it('streams plain SELECTs only', () => {
    expect(parseStatement('SELECT 1')).toMatchObject({ streamable: true });
    expect(parseStatement('SHOW TABLES')).toMatchObject({ streamable: false });
    expect(parseStatement('SELECT a, count() FROM t GROUP BY a WITH TOTALS')).toMatchObject({
      streamable: false,
    });
  });

  it('lists placeholders, not map literals', () => {
    expect(parseStatement("SELECT {a:String}, {'b': 1}, { c : Array(String) }")).toMatchObject({
      placeholders: ['a', 'c'],
    });
  });
});

describe('an INSERT with data', () => {
  it('names its table, columns, settings and format', () => {
    expect(
      insertOf("insert into `kw`.t (a, `b`) settings x = 'y\\'', n = -1 format JSONEachRow\n{}\n"),
    ).toMatchObject({
      plain: {
        table: 'kw.t',
        columns: ['a', 'b'],
        settings: new Map([
          ['x', "'y\\''"],
          ['n', '-1'],
        ]),
      },
      format: 'JSONEachRow',
      data: '{}\n',
    });
  });

  it('does not look into its data', () => {
    expect(insertOf("INSERT INTO t FORMAT TSV\nit's; ok\t/* x\n").data).toBe("it's; ok\t/* x\n");
    expect(insertOf("INSERT INTO t VALUES ('a;b')").data).toBe("('a;b')");
    expect(insertOf('INSERT INTO t FORMAT CSV').data).toBe('');
  });

  it.each([
    'INSERT INTO t (* EXCEPT(a)) FORMAT CSV',
    'INSERT INTO `a b` FORMAT CSV',
    'INSERT INTO t (`a b`) FORMAT CSV',
    'INSERT INTO t SETTINGS x = [1] FORMAT CSV',
  ])('%s goes the way of text', (sql) => {
    expect(insertOf(sql)).toMatchObject({ format: 'CSV', data: '' });
    expect(insertOf(sql).plain).toBeUndefined();
  });

  it.each([
    'INSERT INTO t (a',
    'INSERT INTO',
    'INSERT INTO t SETTINGS a',
    'INSERT INTO t SETTINGS a = 1',
  ])('leaves the broken %s to the engine', (sql) => {
    expect(kindOf(sql)).toBe('command');
  });
});
