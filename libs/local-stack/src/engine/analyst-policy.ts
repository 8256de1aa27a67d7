import { refuse } from './engine-error.js';
import { isSymbol, isWord, nameOf, type Token } from './sql-tokens.js';
import { type ReadStatement, type Statement } from './statement.js';

/**
 * What one statement of an analyst may cost: 30 s, 2 GB, two threads, a billion rows read, a million rows or 256 MB of
 * result. One slow question must not become everybody's. Servers have the same limits (011_roles.sql of
 * libs/clickhouse).
 */
export const ANALYST_LIMITS: ReadonlyMap<string, number> = new Map([
  ['max_execution_time', 30],
  ['max_memory_usage', 2_000_000_000],
  ['max_threads', 2],
  ['max_rows_to_read', 1_000_000_000],
  ['max_result_rows', 1_000_000],
  ['max_result_bytes', 256 * 1024 * 1024],
]);

/** Settings that change how an answer looks or how much it may cost less; everything else stays as it is. */
const MAY_SET =
  /^(output_format_\w+|format_csv_delimiter|date_time_output_format|session_timezone|join_use_nulls|log_comment|extremes|result_overflow_mode)$/;

/** Table functions that make rows of nothing or of tables; the others read files, addresses or other servers. */
const HARMLESS = new Set([
  'format',
  'generate_series',
  'generateseries',
  'generaterandom',
  'null',
  'numbers',
  'numbers_mt',
  'primes',
  'sqlstandardvalues',
  'values',
  'view',
  'viewexplain',
  'viewifpermitted',
  'zeros',
  'zeros_mt',
]);

/** Databases that say what there is and hold none of it. */
const SCHEMA_DATABASES = new Set(['information_schema', 'INFORMATION_SCHEMA']);
/** The database that drivers name when they are told none; nothing of ours is in it. */
const DRIVERS_DATABASE = 'default';

/** Tables of `system` that clients read to show what there is, and that say nothing of what others ask. */
const SYSTEM_TABLES = new Set([
  'columns',
  'contributors',
  'build_options',
  'data_type_families',
  'databases',
  'formats',
  'functions',
  'keywords',
  'licenses',
  'numbers',
  'numbers_mt',
  'one',
  'settings',
  'table_engines',
  'table_functions',
  'tables',
  'time_zones',
  'zeros',
]);

/** What an analyst may look into. */
export interface AnalystReach {
  /** The database of the views made for people. */
  readonly views: string;
  /** Every database that the engine has. */
  readonly databases: ReadonlySet<string>;
  /** Names as the engine lists them (system.table_functions). */
  readonly tableFunctions: ReadonlySet<string>;
}

/**
 * Says no to everything but reading the views. `readonly = 1` alone lets `SELECT file('/etc/passwd')`, DESCRIBE
 * file(...), KILL QUERY and INTO OUTFILE pass in the embedded engine (tried on 26.7), and the engine has one user only,
 * who may read every table: so the statement is checked first.
 * @throws EngineError 164 for what changes or leaves the engine, 497 for other databases
 */
export function checkAnalystStatement(
  statement: Statement,
  reach: AnalystReach,
): asserts statement is ReadStatement {
  if (statement.kind !== 'read')
    throw refuse(164, 'analyst: Cannot execute query in readonly mode: only reading is allowed');
  const { tokens } = statement;
  if (isWord(tokens[0], 'SHOW') && tokens.some((token) => isWord(token, 'PROCESSLIST')))
    throw refuse(497, 'analyst: what others ask is not shown');
  tokens.forEach((token, i) => {
    if (token.kind === 'unclear')
      throw refuse(
        164,
        `analyst: '${token.text.slice(0, 20)}' is not allowed outside of quotes, nor are nested comments`,
      );
    if (nameOf(token).toLowerCase() === 'identifier' && isSymbol(tokens[i - 1], ':'))
      throw refuse(497, 'analyst: a parameter can not be a name; write the name into the query');
    // The engine takes it for every setting, whatever readonly and constraints say (tried on 26.7): it lifts limits.
    if (isWord(token, 'DEFAULT') && isSymbol(tokens[i - 1], '='))
      throw refuse(164, 'analyst: Cannot modify a setting to DEFAULT in readonly mode');
    if (token.kind !== 'word' && token.kind !== 'quotedName') return;
    if (isSymbol(tokens[i + 1], '(')) checkFunction(nameOf(token).toLowerCase(), reach);
    if (isSymbol(tokens[i + 1], '.') && !isSymbol(tokens[i - 1], '.'))
      checkDatabase(nameOf(token), tokens[i + 2], reach);
  });
}

function checkFunction(name: string, { tableFunctions }: AnalystReach): void {
  if (name === 'file' || (tableFunctions.has(name) && !HARMLESS.has(name)))
    throw refuse(164, `analyst: ${name}() is not allowed in readonly mode`);
}

/** @param table what follows the dot; an alias that is named like a database is refused, too */
function checkDatabase(name: string, table: Token | undefined, reach: AnalystReach): void {
  if (name === 'system') {
    if (table !== undefined && SYSTEM_TABLES.has(nameOf(table))) return;
    throw refuse(497, `analyst: of system the tables ${[...SYSTEM_TABLES].join(', ')} can be read`);
  }
  if (reach.databases.has(name)) checkReachable(name, reach);
}

function checkReachable(name: string, { views }: AnalystReach): void {
  if (name === views || name === DRIVERS_DATABASE || SCHEMA_DATABASES.has(name)) return;
  throw refuse(
    497,
    `analyst: the database ${name} is not for reading; what there is for people is in ${views}`,
  );
}

/**
 * The database in which an analyst's names are looked up: the views where none is asked for.
 * @throws EngineError 497 for one that is not theirs to read
 */
export function analystDatabase(asked: string | undefined, reach: AnalystReach): string {
  if (asked !== undefined && asked !== '') {
    checkReachable(asked, reach);
    return asked;
  }
  return reach.databases.has(reach.views) ? reach.views : DRIVERS_DATABASE;
}

/**
 * The settings of an analyst's connection: what may be set and was asked for, limits at most as high as ours, and
 * `readonly = 1`, after which the engine itself refuses changes.
 * @throws EngineError 164 for a setting that is not theirs to change.
 */
export function analystSettings(asked: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, literal] of asked) {
    if (name === 'readonly' || ANALYST_LIMITS.has(name)) continue;
    if (!MAY_SET.test(name))
      throw refuse(164, `analyst: Cannot modify '${name}' setting in readonly mode`);
    settings.set(name, literal);
  }
  for (const [name, most] of ANALYST_LIMITS) {
    const wish = Number(asked.get(name)?.replaceAll("'", ''));
    settings.set(name, String(wish > 0 ? Math.min(wish, most) : most));
  }
  return settings.set('readonly', '1');
}
