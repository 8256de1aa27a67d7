import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** All migrations in order. One file, one line here; an applied file never changes. */
export const MIGRATIONS = [
  '001_key_event_intake.sql',
  '002_key_events.sql',
  '003_log_positions.sql',
  '004_usage.sql',
  '005_keys.sql',
  '006_callers.sql',
  '007_alerts.sql',
  '008_deliveries.sql',
  '009_alert_workflow.sql',
  '010_views.sql',
  '011_dead_letter_actions.sql',
  '012_roles.sql',
  '013_until_when.sql',
] as const;

export interface Migration {
  /** From 1, without gaps: the leading number of the file name. */
  readonly version: number;
  readonly name: string;
  /** SQL with placeholders, line endings as `\n`. */
  readonly text: string;
  /** SHA-256 of `text`, hex. */
  readonly checksum: string;
}

// The SQL stays in src: seen from src/schema and from dist/schema it is the same folder.
export const MIGRATIONS_FOLDER = new URL('../../src/migrations/', import.meta.url);

export function loadMigrations(folder: URL = MIGRATIONS_FOLDER): Migration[] {
  return MIGRATIONS.map((name) => migrationOf(name, readFileSync(new URL(name, folder), 'utf8')));
}

/** @param name file name, `NNN_what.sql` */
export function migrationOf(name: string, sql: string): Migration {
  const version = Number.parseInt(name, 10);
  const text = sql.replaceAll('\r\n', '\n');
  return { version, name, text, checksum: createHash('sha256').update(text).digest('hex') };
}
