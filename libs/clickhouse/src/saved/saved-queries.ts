import { readFileSync } from 'node:fs';

/** Questions that people ask of the views again and again. One file, one line here. */
export const SAVED_QUERIES = [
  'who-used-key',
  'callers-of-key',
  'new-addresses-of-key',
  'busiest-keys',
  'most-denied-keys',
  'keys-not-rotated',
  'alerts-per-day',
  'what-did-address-do',
  'error-rate-by-endpoint',
  'freshness',
] as const;
export type SavedQueryName = (typeof SAVED_QUERIES)[number];

export interface SavedParam {
  readonly name: string;
  /** ClickHouse type, as in `{name:Type}`. */
  readonly type: string;
  /** undefined: it must be given. */
  readonly fallback: string | undefined;
  readonly about: string;
}

export interface SavedQuery {
  readonly name: string;
  readonly title: string;
  readonly params: readonly SavedParam[];
  /** Over the views for people, with `{name:Type}` for values. */
  readonly sql: string;
}

// The SQL stays in src: seen from src/saved and from dist/saved it is the same folder.
export const SAVED_FOLDER = new URL('../../src/saved/', import.meta.url);

export function loadSavedQueries(folder: URL = SAVED_FOLDER): readonly SavedQuery[] {
  return SAVED_QUERIES.map((name) =>
    parseSavedQuery(name, readFileSync(new URL(`${name}.sql`, folder), 'utf8')),
  );
}

const TITLE = /^-- title: (.+)$/m;
const PARAM = /^-- param (\w+) (\w+)(?: = (.*?))?: (.+)$/gm;

/**
 * Reads one file: `-- title: ...`, a line `-- param NAME TYPE [= DEFAULT]: ...` for each value, and the query.
 * @throws Error where the title is missing, or the values and the query's placeholders are not the same
 */
export function parseSavedQuery(name: string, text: string): SavedQuery {
  const source = text.replaceAll('\r\n', '\n');
  const title = TITLE.exec(source)?.[1];
  if (title === undefined) throw new Error(`Saved query ${name}: "-- title: ..." is missing`);
  const params = [...source.matchAll(PARAM)].map(
    ([, param = '', type = '', fallback, about = '']) => ({
      name: param,
      type,
      fallback: fallback?.trim(),
      about,
    }),
  );
  const sql = source.replace(/^--.*\n/gm, '').trim();
  const declared = params.map((param) => `${param.name}:${param.type}`);
  const used = new Set([...sql.matchAll(/\{(\w+:\w+)\}/g)].map(([, placeholder]) => placeholder));
  const wrong = [...new Set([...declared, ...used])].filter(
    (placeholder) => !declared.includes(placeholder ?? '') || !used.has(placeholder),
  );
  if (wrong.length > 0) {
    throw new Error(`Saved query ${name}: ${wrong.join(', ')} must be declared and used alike`);
  }
  return { name, title, params, sql };
}

/** The values of a saved query are not those it takes; the message says which it takes. */
export class SavedParamsError extends Error {
  override readonly name = 'SavedParamsError';
}

/**
 * The values to run it with: those given, else the defaults.
 * @throws SavedParamsError naming every value that is missing or unknown
 */
export function savedParams(
  query: SavedQuery,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const known = new Set(query.params.map(({ name }) => name));
  const problems = [
    ...Object.keys(given)
      .filter((name) => !known.has(name))
      .map((name) => `${name} is none of its values`),
    ...query.params
      .filter(({ name, fallback }) => fallback === undefined && given[name] === undefined)
      .map(({ name, about }) => `${name} is missing (${about})`),
  ];
  if (problems.length > 0) {
    const takes = query.params.map(({ name }) => name).join(', ');
    throw new SavedParamsError(
      `${query.name}: ${problems.join('; ')}. It takes ${takes === '' ? 'no values' : takes}: --param name=value.`,
    );
  }
  return Object.fromEntries(
    query.params.map(({ name, fallback }) => [name, given[name] ?? fallback ?? '']),
  );
}
