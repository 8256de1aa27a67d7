import type { ClickHouse } from '../client.js';
import { loadMigrations, type Migration } from './migration-files.js';
import { checkedDatabase, isAccessStatement, statementsOf } from './migration-sql.js';

/** What each role is for; a role's name is the database's, `_` and this. */
export const ROLES = ['analyst', 'api', 'ingest', 'migrator', 'sweep'] as const;
export type Role = (typeof ROLES)[number];

/**
 * made: the server had not all of them; there: nothing was to be done; not-managed: the user who asks may not make
 * roles, or the server has none (the embedded engine).
 */
export type RolesOutcome = 'made' | 'there' | 'not-managed';

export const roleName = (database: string, role: Role): string =>
  `${checkedDatabase(database)}_${role}`;

/** The statements that make the roles, each safe to run again. */
export function roleStatements(
  database: string,
  migrations: readonly Migration[] = loadMigrations(),
): string[] {
  return migrations
    .flatMap((migration) => statementsOf(migration, database, 'embedded'))
    .filter(isAccessStatement);
}

/**
 * Makes the roles where one of them is missing, or a migration about them has just been applied. They belong to the
 * server, not to the database: a copy of the tables on another server has none, so it is asked at every start.
 * @param changed whether a migration about roles has just been applied
 */
export async function ensureRoles(
  clickhouse: ClickHouse,
  changed: boolean,
  migrations: readonly Migration[] = loadMigrations(),
): Promise<RolesOutcome> {
  const { client, database } = clickhouse;
  const statements = roleStatements(database, migrations);
  if (statements.length === 0 || !(await mayMakeRoles(clickhouse))) return 'not-managed';
  if (!changed && (await missingRoles(clickhouse)) === 0) return 'there';
  for (const query of statements) await client.command({ query });
  return 'made';
}

/** Whether the user may make roles. Servers before 24.11 don't know the question: they are taken not to manage roles. */
async function mayMakeRoles({ client }: ClickHouse): Promise<boolean> {
  try {
    const answer = await client.query({
      query: 'CHECK GRANT CREATE ROLE, CREATE QUOTA, ROLE ADMIN ON *.*',
      format: 'JSONCompactEachRow',
    });
    const [row] = await answer.json<[number]>();
    return Number(row?.[0]) === 1;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** SYNTAX_ERROR, ACCESS_DENIED */
const REFUSALS = new Set(['62', '497']);

function isRefusal(error: unknown): boolean {
  return REFUSALS.has(String((error as { code?: unknown }).code));
}

async function missingRoles({ client, database }: ClickHouse): Promise<number> {
  const names = ROLES.map((role) => roleName(database, role));
  const answer = await client.query({
    query: 'SELECT count() AS n FROM system.roles WHERE name IN {names:Array(String)}',
    query_params: { names },
    format: 'JSONEachRow',
  });
  const [found] = await answer.json<{ n: number | string }>();
  return names.length - Number(found?.n);
}
