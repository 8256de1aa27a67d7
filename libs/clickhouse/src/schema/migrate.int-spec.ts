import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EngineHandle, startEngine } from '@keywatch/local-stack';
import { createClickHouse, type ClickHouse } from '../client.js';
import { ReportRunner } from '../report-runner.js';
import { appliedMigrations, migrate } from './migrate.js';
import { loadMigrations, migrationOf, MIGRATIONS } from './migration-files.js';
import { TABLES } from './tables.js';
import { describeViews, VIEWS } from './views.js';

let folder: string;
let engine: EngineHandle;
const open: ClickHouse[] = [];

function database(name: string): ClickHouse {
  const clickhouse = createClickHouse({ ...engine, database: name });
  open.push(clickhouse);
  return clickhouse;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keywatch-migrate-'));
  engine = await startEngine({ dataDir: folder, log: () => undefined });
}, 90_000);

afterAll(async () => {
  await Promise.all(open.map((clickhouse) => clickhouse.close()));
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
}, 90_000);

describe('migrate', () => {
  it('makes every table with its columns and comments, and nothing the second time', async () => {
    const clickhouse = database('fresh');
    expect(await migrate(clickhouse)).toEqual({
      target: 'embedded',
      applied: [...MIGRATIONS],
      roles: 'not-managed',
    });
    expect(await migrate(clickhouse)).toEqual({
      target: 'embedded',
      applied: [],
      roles: 'not-managed',
    });
    const columns = await new ReportRunner(clickhouse).query<{
      table: string;
      names: string[];
      bare: number;
    }>(
      `SELECT table, arrayMap(c -> c.2, arraySort(groupArray((position, name)))) AS names, countIf(comment = '') AS bare
      FROM system.columns
      WHERE database = 'fresh' AND table IN {tables:Array(String)}
      GROUP BY table`,
      { tables: Object.keys(TABLES) },
    );
    expect(Object.fromEntries(columns.map(({ table, names }) => [table, names]))).toEqual(TABLES);
    expect(columns.filter(({ bare }) => bare > 0)).toEqual([]);
  }, 60_000);

  it('makes the views for people in a database beside it, as their comments describe them', async () => {
    const runner = new ReportRunner(database('fresh'));
    const found = await runner.query<{ table: string; columns: [string, string, string][] }>(
      `SELECT table, arrayMap(c -> (c.2, c.3, c.4), arraySort(groupArray((position, name, type, comment)))) AS columns
      FROM system.columns WHERE database = 'fresh_views' GROUP BY table`,
    );
    const described = describeViews().map(({ name, columns }) => [
      name,
      columns.map((column) => [column.name, column.type, column.about]),
    ]);
    expect(Object.fromEntries(found.map(({ table, columns }) => [table, columns]))).toEqual(
      Object.fromEntries(described),
    );
    const comments = await runner.query<{ name: string; comment: string }>(
      "SELECT name, comment FROM system.tables WHERE database = 'fresh_views' ORDER BY name",
    );
    expect(comments).toEqual(
      describeViews()
        .map(({ name, about }) => ({ name, comment: about }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    // Every one can be read to its last column.
    for (const view of VIEWS) {
      expect(await runner.query(`SELECT * FROM fresh_views.${view}`)).toEqual([]);
    }
  }, 60_000);

  it('run by several at once ends in the same', async () => {
    const runners = Array.from({ length: 3 }, () => database('race'));
    await Promise.all(runners.map((clickhouse) => migrate(clickhouse)));
    const applied = await appliedMigrations(database('race'));
    expect(applied.map(({ name }) => name)).toEqual([...MIGRATIONS]);
  }, 60_000);

  it('goes on where a crash in the middle of a file has left it', async () => {
    const clickhouse = database('crashed');
    const migrations = loadMigrations();
    const [first, second, third] = migrations;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three at least');
    const half = {
      ...third,
      text: `${third.text.split(';\n')[0]};\nCREATE TABLE {{database}}.broken (a Nonsense) ENGINE = Null;`,
    };
    await expect(migrate(clickhouse, { migrations: [first, second, half] })).rejects.toThrow(
      /Nonsense/,
    );
    expect((await appliedMigrations(clickhouse)).map(({ version }) => version)).toEqual([1, 2]);
    const { applied } = await migrate(clickhouse);
    expect(applied).toEqual(MIGRATIONS.slice(2));
  }, 60_000);

  it('refuses a changed file, a newer database and another target, and says what to do', async () => {
    const clickhouse = database('strict');
    const one = migrationOf('001_one.sql', 'CREATE TABLE {{database}}.one (a UInt8) ENGINE = Null');
    const two = migrationOf('002_two.sql', 'CREATE VIEW {{database}}.two AS SELECT 1 AS a');
    await migrate(clickhouse, { migrations: [one, two] });
    const changed = migrationOf('001_one.sql', `${one.text} COMMENT 'x'`);
    await expect(migrate(clickhouse, { migrations: [changed, two] })).rejects.toThrow(
      /001_one\.sql has changed/,
    );
    await expect(migrate(clickhouse, { migrations: [one] })).rejects.toThrow(
      /002_two\.sql.*newer version/,
    );
    await expect(migrate(clickhouse, { target: 'replicated' })).rejects.toThrow(/no Keeper/);
  }, 60_000);
});
