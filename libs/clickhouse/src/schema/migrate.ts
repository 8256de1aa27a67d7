import type { ClickHouse } from '../client.js';
import { loadMigrations, type Migration } from './migration-files.js';
import { MigrationError, planMigrations, type AppliedMigration } from './migration-plan.js';
import {
  checkedDatabase,
  isAccessStatement,
  renderSql,
  statementsOf,
  type Target,
} from './migration-sql.js';
import { ensureRoles, type RolesOutcome } from './roles.js';
import { detectTarget } from './target.js';

export interface MigrateOptions {
  /** `auto`: replicated where the server has Keeper. */
  readonly target?: Target | 'auto';
  readonly migrations?: readonly Migration[];
  /** Told of each migration before it runs. */
  readonly onApply?: (name: string) => void;
}

export interface MigrateResult {
  readonly target: Target;
  /** File names that this call applied. */
  readonly applied: readonly string[];
  readonly roles: RolesOutcome;
}

export const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS {{database}}.migrations
(
    version UInt32 COMMENT 'Number of the migration',
    name String COMMENT 'File name',
    checksum String COMMENT 'SHA-256 of the file, line endings normalised',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = {{MergeTree}}
ORDER BY version
COMMENT 'Which migrations the database has'`;

/**
 * Brings the database to this version: creates it, then applies what is missing in order. There is no lock (the
 * embedded engine offers none), so everything may run twice, at once or after a crash, with the same result. Never
 * while a range is announced: settle first. Where nothing is missing nothing is changed, so that a user who may not
 * create anything can start an app.
 * @throws MigrationError with what to do; ClickHouseError as the server gave it
 */
export async function migrate(
  clickhouse: ClickHouse,
  options: MigrateOptions = {},
): Promise<MigrateResult> {
  const { client } = clickhouse;
  const database = checkedDatabase(clickhouse.database);
  const migrations = options.migrations ?? loadMigrations();
  const there = await targetOf(clickhouse);
  if (there !== undefined && (options.target ?? 'auto') === 'auto') {
    const missing = planMigrations(migrations, await appliedMigrations(clickhouse));
    if (missing.length === 0) {
      return {
        target: there,
        applied: [],
        roles: await ensureRoles(clickhouse, false, migrations),
      };
    }
  }
  const target = await detectTarget(clickhouse, options.target);
  await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
  await client.command({ query: renderSql(MIGRATIONS_TABLE, database, target) });
  await refuseOtherTarget(clickhouse, target);
  const pending = planMigrations(migrations, await appliedMigrations(clickhouse));
  let aboutRoles = false;
  for (const migration of pending) {
    options.onApply?.(migration.name);
    for (const query of statementsOf(migration, database, target)) {
      if (isAccessStatement(query)) aboutRoles = true;
      else await client.command({ query });
    }
    const { version, name, checksum } = migration;
    await client.insert({
      table: `${database}.migrations`,
      columns: ['version', 'name', 'checksum'],
      values: [{ version, name, checksum }],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
  }
  const roles = await ensureRoles(clickhouse, aboutRoles, migrations);
  return { target, applied: pending.map(({ name }) => name), roles };
}

/**
 * File names of the migrations that the database lacks, without applying any. `fresh`: it has no tables at all, so
 * nothing can have been written for them.
 */
export async function pendingMigrations(
  clickhouse: ClickHouse,
  migrations: readonly Migration[] = loadMigrations(),
): Promise<{ readonly fresh: boolean; readonly names: readonly string[] }> {
  const { client, database } = clickhouse;
  const answer = await client.query({
    query: `SELECT count() AS n FROM system.tables WHERE database = {database:String} AND name = 'migrations'`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  const [found] = await answer.json<{ n: number | string }>();
  const applied = Number(found?.n) === 0 ? [] : await appliedMigrations(clickhouse);
  const names = planMigrations(migrations, applied).map(({ name }) => name);
  return { fresh: applied.length === 0, names };
}

/** What the database has, a version once however often it was recorded. */
export async function appliedMigrations({
  client,
  database,
}: ClickHouse): Promise<AppliedMigration[]> {
  const answer = await client.query({
    query: `SELECT DISTINCT version, name, checksum FROM ${checkedDatabase(database)}.migrations ORDER BY version`,
    format: 'JSONEachRow',
  });
  return answer.json<AppliedMigration>();
}

async function refuseOtherTarget(clickhouse: ClickHouse, target: Target): Promise<void> {
  const existing = await targetOf(clickhouse);
  if (existing !== undefined && existing !== target) {
    throw new MigrationError(
      `The database ${clickhouse.database} was set up for the target ${existing}, but the target is now ${target}: choose ${existing}, or another database and rebuild it from the log.`,
    );
  }
}

/** What the database was set up for; undefined where it has no migrations yet. */
async function targetOf({ client, database }: ClickHouse): Promise<Target | undefined> {
  const answer = await client.query({
    query: `SELECT engine FROM system.tables WHERE database = {database:String} AND name = 'migrations'`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  const [found] = await answer.json<{ engine: string }>();
  if (found === undefined) return undefined;
  return found.engine.startsWith('Replicated') ? 'replicated' : 'embedded';
}
