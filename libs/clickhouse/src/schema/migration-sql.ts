import { MigrationError } from './migration-plan.js';
import type { Migration } from './migration-files.js';

/** One server or the embedded engine (plain MergeTree), or tables replicated through Keeper. */
export const TARGETS = ['embedded', 'replicated'] as const;
export type Target = (typeof TARGETS)[number];

/**
 * How many parts a table remembers for deduplication. It counts parts, not inserts: an insert over twelve months is
 * twelve of them, and a re-sent range must still be known.
 */
export const DEDUPLICATION_WINDOW = 100_000;
/** At least the retention of the topics whose ranges may be re-sent (7 days), plus a month of standing still. */
export const DEDUPLICATION_WINDOW_SECONDS = 38 * 86_400;

/** The path has no table id, so that every replica that runs the migrations joins the same table. */
const REPLICA = "'/keywatch/{shard}/{database}/{table}', '{replica}'";

const PLACEHOLDERS: Readonly<Record<Target, Readonly<Record<string, string>>>> = {
  embedded: {
    MergeTree: 'MergeTree',
    AggregatingMergeTree: 'AggregatingMergeTree',
    deduplication: `non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`,
  },
  replicated: {
    MergeTree: `ReplicatedMergeTree(${REPLICA})`,
    AggregatingMergeTree: `ReplicatedAggregatingMergeTree(${REPLICA})`,
    deduplication: `replicated_deduplication_window = ${DEDUPLICATION_WINDOW}, replicated_deduplication_window_seconds = ${DEDUPLICATION_WINDOW_SECONDS}`,
  },
};

/** Throws where a name can't stand in SQL as it is. */
export function checkedDatabase(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) {
    throw new MigrationError(
      `The database name ${JSON.stringify(name)} is not usable: letters, digits and _ only, for example keywatch.`,
    );
  }
  return name;
}

/** Fills the placeholders of one SQL text. */
export function renderSql(sql: string, database: string, target: Target): string {
  const values: Readonly<Record<string, string | undefined>> = {
    database: checkedDatabase(database),
    ...PLACEHOLDERS[target],
  };
  return sql.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new MigrationError(`Unknown placeholder {{${name}}} in SQL.`);
    return value;
  });
}

/**
 * The statements of a migration, each safe to run again: a crash in the middle, or two runners at once, end in the
 * same tables. Taken are CREATE DATABASE, TABLE, VIEW and MATERIALIZED VIEW (IF NOT EXISTS is added), CREATE OR REPLACE
 * VIEW, which gives a view that exists another meaning, ALTER TABLE that adds columns or gives them another type, and
 * CREATE ROLE, CREATE QUOTA and GRANT.
 */
export function statementsOf(migration: Migration, database: string, target: Target): string[] {
  return migration.text
    .replace(/^--.*$/gm, '')
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
    .map((statement) => renderSql(repeatable(statement, migration.name), database, target));
}

/** An ALTER TABLE whose clauses, each on a line of its own, add a column or give one another type. */
const WIDENS =
  /^ALTER TABLE \S+(?:\s+(?:ADD COLUMN IF NOT EXISTS|MODIFY COLUMN) [^\n]+ COMMENT '[^'\n]*'(?:,\n|$))+$/;

function repeatable(statement: string, file: string): string {
  if (/^(CREATE OR REPLACE VIEW|GRANT) /.test(statement) || WIDENS.test(statement)) {
    return statement;
  }
  const create = /^CREATE (DATABASE|TABLE|MATERIALIZED VIEW|VIEW|ROLE|QUOTA) (?!IF NOT EXISTS)/;
  if (!create.test(statement)) {
    throw new MigrationError(
      `${file}: "${statement.slice(0, 60).replace(/\s+/g, ' ')}..." can not be run twice; a migration holds CREATE DATABASE, CREATE TABLE, CREATE [OR REPLACE] VIEW, CREATE MATERIALIZED VIEW, ALTER TABLE ADD COLUMN IF NOT EXISTS or MODIFY COLUMN, CREATE ROLE, CREATE QUOTA and GRANT only.`,
    );
  }
  return statement.replace(create, 'CREATE $1 IF NOT EXISTS ');
}

/** Whether the statement is about roles: those run only where the user may manage access (see roles.ts). */
export function isAccessStatement(statement: string): boolean {
  return /^(CREATE ROLE|CREATE QUOTA|GRANT) /.test(statement);
}
