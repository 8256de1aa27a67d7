import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { STORED_ROWS } from '../verify/ranges.check.js';
import { INTAKES } from '../rows/empty-columns.js';
import { columnsOfIntake } from '../rows/intake-header.js';
import { loadMigrations, MIGRATIONS, MIGRATIONS_FOLDER } from './migration-files.js';
import { MIGRATIONS_TABLE } from './migrate.js';
import { statementsOf } from './migration-sql.js';
import { TABLES } from './tables.js';

interface Column {
  readonly name: string;
  definition: string;
}

const statements = loadMigrations().flatMap((migration) =>
  statementsOf(migration, 'keywatch', 'embedded'),
);
const tables = new Map<string, { columns: Column[]; rest: string }>();
for (const statement of statements) {
  const found = /^CREATE TABLE IF NOT EXISTS keywatch\.(\w+)\n\(\n(.*?)\n\)\n(.*)$/s.exec(
    statement,
  );
  if (found?.[1] === undefined) continue;
  const columns = (found[2] ?? '').split('\n').map((line) => {
    const definition = line.trim();
    return { name: definition.split(' ')[0] ?? '', definition };
  });
  tables.set(found[1], { columns, rest: found[3] ?? '' });
}
for (const statement of statements) {
  const [, table = ''] = /^ALTER TABLE keywatch\.(\w+)\n/.exec(statement) ?? [];
  for (const [, definition = ''] of statement.matchAll(/ADD COLUMN IF NOT EXISTS ([^\n]+)/g)) {
    if (table !== '')
      tables.get(table)?.columns.push({ name: definition.split(' ')[0] ?? '', definition });
  }
  for (const [, definition = ''] of statement.matchAll(/MODIFY COLUMN ([^\n]+)/g)) {
    const column = tables.get(table)?.columns.find(({ name }) => name === definition.split(' ')[0]);
    if (column !== undefined) column.definition = definition;
  }
}

describe('the list of migrations', () => {
  it('is the folder', () => {
    expect(readdirSync(MIGRATIONS_FOLDER).sort()).toEqual([...MIGRATIONS]);
  });
});

describe('the list of tables', () => {
  it('names every table of the migrations with its columns in order', () => {
    expect(
      Object.fromEntries(
        [...tables].map(([name, { columns }]) => [name, columns.map((c) => c.name)]),
      ),
    ).toEqual(TABLES);
  });
});

describe('every intake', () => {
  it.each(INTAKES)('%s has the types that its rows are written in', (intake) => {
    const typed = tables
      .get(intake)
      ?.columns.map(({ name, definition }) => [
        name,
        definition.slice(name.length + 1).replace(/ COMMENT .*$/, ''),
      ]);
    expect(columnsOfIntake(intake)).toEqual(typed);
  });
});

describe('every table', () => {
  it.each([...tables])('%s says what it and each of its columns is', (_, { columns, rest }) => {
    for (const { name, definition } of columns) {
      expect(`${name}: ${definition}`).toMatch(/ COMMENT '[^']{3,}/);
    }
    expect(rest).toMatch(/COMMENT '[^']+'$/);
  });

  it.each([...tables].filter(([name]) => !(INTAKES as readonly string[]).includes(name)))(
    '%s remembers what it was sent: a target without a window is written twice by a re-send',
    (_, { rest }) => {
      expect(rest).toContain('non_replicated_deduplication_window = 100000');
    },
  );

  it('the table of migrations has comments too', () => {
    const columns = MIGRATIONS_TABLE.split('\n').filter((line) => line.startsWith('    '));
    expect(columns).toHaveLength(4);
    for (const column of columns) expect(column).toMatch(/ COMMENT '/);
  });
});

describe('retention', () => {
  it.each(STORED_ROWS)('of $table is what verify reckons with', ({ table, days }) => {
    expect(tables.get(table)?.rest).toContain(`TTL toDateTime(log_time) + INTERVAL ${days} DAY`);
  });
});

describe('every view', () => {
  it('of an intake that folds rows groups by the whole key of its table', () => {
    const folds = statements.flatMap((statement) => {
      const found =
        /^CREATE MATERIALIZED VIEW IF NOT EXISTS keywatch\.\w+ TO keywatch\.(\w+) AS.*\nGROUP BY ([\w, ]+)$/s.exec(
          statement,
        );
      return found === null ? [] : [[found[1] ?? '', found[2] ?? ''] as const];
    });
    expect(folds.length).toBeGreaterThan(5);
    for (const [table, keys] of folds) {
      expect(`${table} ${tables.get(table)?.rest ?? ''}`).toContain(`ORDER BY (${keys})`);
    }
  });

  it('of an intake writes into a table of the list', () => {
    const targets = statements.flatMap((statement) => {
      const found =
        /^CREATE MATERIALIZED VIEW IF NOT EXISTS keywatch\.\w+ TO keywatch\.(\w+) AS/.exec(
          statement,
        );
      return found?.[1] === undefined ? [] : [found[1]];
    });
    expect(targets.length).toBeGreaterThan(10);
    expect(targets.filter((target) => !(target in TABLES))).toEqual([]);
  });
});
