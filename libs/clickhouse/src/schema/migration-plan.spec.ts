import { describe, expect, it } from '@jest/globals';
import { migrationOf } from './migration-files.js';
import { planMigrations } from './migration-plan.js';
import { checkedDatabase, renderSql, statementsOf } from './migration-sql.js';

const one = migrationOf(
  '001_one.sql',
  'CREATE TABLE {{database}}.one (a UInt8) ENGINE = {{MergeTree}}',
);
const two = migrationOf('002_two.sql', 'CREATE VIEW {{database}}.two AS SELECT 1');
const three = migrationOf('003_three.sql', 'CREATE VIEW {{database}}.three AS SELECT 1');
const known = [one, two, three];

describe('planMigrations', () => {
  it('an empty database gets everything, in order', () => {
    expect(planMigrations(known, [])).toEqual(known);
  });

  it('what is applied is left out, also when it was recorded twice', () => {
    expect(planMigrations(known, [one, two, one])).toEqual([three]);
    expect(planMigrations(known, known)).toEqual([]);
  });

  it('a changed applied file is refused and named', () => {
    expect(() => planMigrations(known, [one, { ...two, checksum: 'other' }])).toThrow(
      /002_two\.sql has changed since it was applied.*new migration/,
    );
  });

  it('a migration of a newer version is refused', () => {
    expect(() => planMigrations([one], [one, two])).toThrow(/002_two\.sql.*newer version/);
  });

  it('a hole in what was applied is refused and named', () => {
    expect(() => planMigrations(known, [one, three])).toThrow(/not 002_two\.sql/);
  });

  it('a hole in the list is refused', () => {
    expect(() => planMigrations([one, three], [])).toThrow(/003_three\.sql is number 2/);
  });
});

describe('checksum', () => {
  it('does not change with the line endings of a checkout', () => {
    expect(migrationOf('001_a.sql', 'a\r\nb\r\n').checksum).toBe(
      migrationOf('001_a.sql', 'a\nb\n').checksum,
    );
    expect(migrationOf('001_a.sql', 'a\nb ').checksum).not.toBe(
      migrationOf('001_a.sql', 'a\nb').checksum,
    );
  });
});

describe('statementsOf', () => {
  const migration = migrationOf(
    '001_a.sql',
    "-- why; and more\nCREATE TABLE {{database}}.a (s String COMMENT 'x; y') ENGINE = {{AggregatingMergeTree}} ORDER BY s\nSETTINGS {{deduplication}};\n\nCREATE MATERIALIZED VIEW {{database}}.v TO {{database}}.a AS SELECT s FROM {{database}}.i;\n",
  );

  it('gives statements that may run twice', () => {
    expect(statementsOf(migration, 'kw', 'embedded')).toEqual([
      "CREATE TABLE IF NOT EXISTS kw.a (s String COMMENT 'x; y') ENGINE = AggregatingMergeTree ORDER BY s\nSETTINGS non_replicated_deduplication_window = 100000",
      'CREATE MATERIALIZED VIEW IF NOT EXISTS kw.v TO kw.a AS SELECT s FROM kw.i',
    ]);
  });

  it('takes a database of its own for views, and a view that is made anew', () => {
    const views = migrationOf(
      '002_b.sql',
      'CREATE DATABASE {{database}}_views;\nCREATE OR REPLACE VIEW {{database}}_views.v AS SELECT 1 AS a;\n',
    );
    for (const target of ['embedded', 'replicated'] as const) {
      expect(statementsOf(views, 'kw', target)).toEqual([
        'CREATE DATABASE IF NOT EXISTS kw_views',
        'CREATE OR REPLACE VIEW kw_views.v AS SELECT 1 AS a',
      ]);
    }
  });

  it('replicated tables have a path without an id, a window and at least 35 days of it', () => {
    const [table] = statementsOf(migration, 'kw', 'replicated');
    expect(table).toContain(
      "ENGINE = ReplicatedAggregatingMergeTree('/keywatch/{shard}/{database}/{table}', '{replica}')",
    );
    expect(table).toContain('replicated_deduplication_window = 100000');
    const seconds = Number(
      /replicated_deduplication_window_seconds = (\d+)/.exec(table ?? '')?.[1],
    );
    expect(seconds).toBeGreaterThanOrEqual(35 * 86_400);
  });

  it('takes columns that are added, or get another type, as they are', () => {
    const sql = `ALTER TABLE {{database}}.a
    MODIFY COLUMN kind Enum8('x' = 1, 'y' = 2) COMMENT 'What it is',
    ADD COLUMN IF NOT EXISTS b UInt8 COMMENT 'More'`;
    expect(statementsOf(migrationOf('001_a.sql', sql), 'kw', 'embedded')).toEqual([
      sql.replace('{{database}}', 'kw'),
    ]);
  });

  it.each([
    'ALTER TABLE {{database}}.a ADD COLUMN b UInt8',
    "ALTER TABLE {{database}}.a\n    ADD COLUMN IF NOT EXISTS b UInt8 COMMENT 'b',\n    DROP COLUMN c",
    'INSERT INTO {{database}}.a SELECT 1',
    'DROP TABLE {{database}}.a',
    'CREATE OR REPLACE TABLE {{database}}.a (a UInt8) ENGINE = Null',
  ])('refuses what would not be the same a second time: %s', (sql) => {
    expect(() => statementsOf(migrationOf('001_a.sql', sql), 'kw', 'embedded')).toThrow(
      /001_a\.sql: .*can not be run twice/,
    );
  });
});

describe('names in SQL', () => {
  it('an unknown placeholder is refused', () => {
    expect(() => renderSql('{{nope}}', 'kw', 'embedded')).toThrow(/\{\{nope\}\}/);
  });

  it.each(['', 'a b', 'a;DROP', '1a', 'ä', 'a`b'])('the database name %j is refused', (name) => {
    expect(() => checkedDatabase(name)).toThrow(/database name/);
  });
});
