import { refuse } from './engine-error.js';
import { isSymbol, nameOf } from './sql-tokens.js';
import { type Statement } from './statement.js';

/**
 * What one statement of an analyst may cost: 30 s, 2 GB, a million rows or 256 MB of result. One slow question must not
 * become everybody's.
 */
const LIMITS: ReadonlyMap<string, number> = new Map([
  ['max_execution_time', 30],
  ['max_memory_usage', 2_000_000_000],
  ['max_result_rows', 1_000_000],
  ['max_result_bytes', 256 * 1024 * 1024],
]);

/** Settings that change how an answer looks or how much it may cost less; everything else stays as it is. */
const MAY_SET =
  /^(output_format_\w+|format_csv_delimiter|date_time_output_format|session_timezone|join_use_nulls|max_threads|log_comment|extremes)$/;

/** Table functions that make rows of nothing or of tables; the others read files, addresses or other servers. */
const HARMLESS = new Set([
  'format',
  'generate_series',
  'generateseries',
  'generaterandom',
  'merge',
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

/**
 * Says no to everything but reading tables. `readonly = 1` alone lets `SELECT file('/etc/passwd')`, DESCRIBE file(...),
 * KILL QUERY and INTO OUTFILE pass in the embedded engine (tried on 26.7), so the statement is checked first.
 * @param tableFunctions names as the engine lists them (system.table_functions).
 * @throws EngineError 164.
 */
export function checkAnalystStatement(
  statement: Statement,
  tableFunctions: ReadonlySet<string>,
): void {
  if (statement.kind !== 'read')
    throw refuse(164, 'analyst: Cannot execute query in readonly mode: only reading is allowed');
  statement.tokens.forEach((token, i) => {
    if (token.kind === 'unclear')
      throw refuse(
        164,
        `analyst: '${token.text.slice(0, 20)}' is not allowed outside of quotes, nor are nested comments`,
      );
    if (!isSymbol(statement.tokens[i + 1], '(')) return;
    if (token.kind !== 'word' && token.kind !== 'quotedName') return;
    const name = nameOf(token).toLowerCase();
    if (name === 'file' || (tableFunctions.has(name) && !HARMLESS.has(name)))
      throw refuse(164, `analyst: ${name}() is not allowed in readonly mode`);
  });
}

/**
 * The settings of an analyst's connection: what may be set and was asked for, limits at most as high as ours, and
 * `readonly = 1`, after which the engine itself refuses changes.
 * @throws EngineError 164 for a setting that is not theirs to change.
 */
export function analystSettings(asked: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, literal] of asked) {
    if (name === 'readonly' || LIMITS.has(name)) continue;
    if (!MAY_SET.test(name))
      throw refuse(164, `analyst: Cannot modify '${name}' setting in readonly mode`);
    settings.set(name, literal);
  }
  for (const [name, most] of LIMITS) {
    const wish = Number(asked.get(name)?.replaceAll("'", ''));
    settings.set(name, String(wish > 0 ? Math.min(wish, most) : most));
  }
  return settings.set('readonly', '1');
}
