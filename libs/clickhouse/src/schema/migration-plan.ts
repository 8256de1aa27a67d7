import type { Migration } from './migration-files.js';

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** The database and the migrations of this version don't go together; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * What remains to be applied, in order.
 * @throws MigrationError when an applied file has changed, a number is missing, or the database is newer
 */
export function planMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  known.forEach((migration, index) => {
    if (migration.version !== index + 1) {
      throw new MigrationError(
        `Migration ${migration.name} is number ${index + 1} in the list; numbers run from 1 without gaps. Rename the file.`,
      );
    }
  });
  const checksums = new Map<number, string>();
  for (const { version, name, checksum } of applied) {
    const migration = known[version - 1];
    if (migration === undefined) {
      throw new MigrationError(
        `The database has migration ${name}, which this version does not know: it was set up by a newer version. Start that version, or use another database.`,
      );
    }
    if (migration.checksum !== checksum) {
      throw new MigrationError(
        `Migration ${migration.name} has changed since it was applied (sha256 ${checksum} then, ${migration.checksum} now). Restore the file and put the change into a new migration.`,
      );
    }
    checksums.set(version, checksum);
  }
  for (let version = 1; version <= checksums.size; version += 1) {
    if (!checksums.has(version)) {
      throw new MigrationError(
        `The database has later migrations but not ${known[version - 1]?.name ?? version}. Restore the table of migrations from a backup, or use another database.`,
      );
    }
  }
  return known.slice(checksums.size);
}
