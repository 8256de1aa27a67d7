import { loadMigrations, type Migration } from './migration-files.js';
import { checkedDatabase } from './migration-sql.js';

/** The views made for people, in the order they are explained in. A spec compares this list with the migrations. */
export const VIEWS = [
  'requests',
  'key_changes',
  'usage_by_hour',
  'keys',
  'callers',
  'alerts',
  'ranges',
  'dead_letters',
  'sweep_runs',
] as const;
export type ViewName = (typeof VIEWS)[number];

/** Name of the database that holds the views for people. @param database the one that holds the tables */
export function viewsDatabase(database: string): string {
  return `${checkedDatabase(database)}_views`;
}

export interface ViewColumn {
  readonly name: string;
  /** As ClickHouse writes it, for example `Nullable(DateTime64(3, 'UTC'))`. */
  readonly type: string;
  readonly about: string;
}

export interface ViewDescription {
  readonly name: string;
  readonly about: string;
  readonly columns: readonly ViewColumn[];
}

const VIEW =
  /^CREATE (?:OR REPLACE )?VIEW \{\{database\}\}_views\.(\w+)\n\(\n(.*?)\n\)\n.*?\nCOMMENT '([^']*)';$/gms;
const COLUMN = /^ {4}(\w+) (.+?) COMMENT '([^']*)',?$/;

/**
 * What each view is and what its columns mean, as the comments of the migrations say it; of a view that is made anew
 * the last. In the order of {@link VIEWS}.
 * @throws Error where a column has no comment, or a view is not in the list
 */
export function describeViews(
  migrations: readonly Migration[] = loadMigrations(),
): readonly ViewDescription[] {
  const found = new Map<string, ViewDescription>();
  for (const { text, name: file } of migrations) {
    for (const [, name = '', columns = '', about = ''] of text.matchAll(VIEW)) {
      found.set(name, {
        name,
        about,
        columns: columns.split('\n').map((line) => columnOf(line, `${file}, view ${name}`)),
      });
    }
  }
  const unlisted = [...found.keys()].filter((name) => !VIEWS.some((known) => known === name));
  if (unlisted.length > 0) throw new Error(`Not in the list of views: ${unlisted.join(', ')}`);
  return VIEWS.flatMap((name) => found.get(name) ?? []);
}

function columnOf(line: string, where: string): ViewColumn {
  const [, name, type, about = ''] = COLUMN.exec(line) ?? [];
  if (name === undefined || type === undefined || about.trim() === '') {
    throw new Error(`${where}: "${line.trim()}" says no name, type and COMMENT`);
  }
  return { name, type, about };
}
