import { refuse } from './engine-error.js';
import { isPlainName, quotedName, stringLiteral } from './literals.js';

/** What a request brings besides its statement. */
export interface RequestSettings {
  /** ClickHouse settings for this statement: name and SQL literal. */
  readonly settings: ReadonlyMap<string, string>;
  /** Query parameters as the HTTP interface carries them: escaped like a TabSeparated field. */
  readonly params: ReadonlyMap<string, string>;
  readonly database: string | undefined;
  readonly defaultFormat: string | undefined;
}

/** URL parameters of the interface itself; every other one is a setting. */
const OF_THE_INTERFACE = new Set([
  'add_http_cors_header',
  'buffer_size',
  'cancel_http_readonly_queries_on_client_close',
  'client_protocol_version',
  'database',
  'default_format',
  'enable_http_compression',
  'http_zlib_compression_level',
  'password',
  'query',
  'query_id',
  'quota_key',
  'stacktrace',
  'user',
  'wait_end_of_query',
]);

/** Refused rather than ignored: the answer would be another one than the client expects. */
const NOT_HERE: Readonly<Record<string, string>> = {
  compress: "ClickHouse's own compression of answers (enable_http_compression works)",
  session_id: 'sessions',
  role: 'roles',
  decompress: "ClickHouse's own compression of request bodies (gzip works)",
};

/**
 * Sorts the URL's parameters, as the server does, into settings, query parameters and the interface's own.
 * @throws EngineError 48 for what the embedded engine doesn't offer, 62 for a name that can't be a setting.
 */
export function requestSettings(url: Iterable<readonly [string, string]>): RequestSettings {
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  let database: string | undefined;
  let defaultFormat: string | undefined;
  for (const [name, value] of url) {
    const missing = NOT_HERE[name];
    if (missing !== undefined && value !== '0' && value !== '')
      throw refuse(48, `The embedded engine has no ${missing} (${name})`);
    if (name === 'database') database = value;
    else if (name === 'default_format') defaultFormat = value;
    else if (name.startsWith('param_')) params.set(plain(name.slice(6), 'parameter'), value);
    else if (!OF_THE_INTERFACE.has(name) && missing === undefined)
      settings.set(plain(name, 'setting'), stringLiteral(value));
  }
  return { settings, params, database, defaultFormat };
}

function plain(name: string, what: string): string {
  if (!isPlainName(name)) throw refuse(62, `'${name}' can't be the name of a ${what}`);
  return name;
}

/**
 * The SET statement that turns a connection with settings `now` into one with exactly `wanted`: what is not wanted any
 * more goes back to its default, so that no request sees another's settings. undefined when there is nothing to do.
 */
export function changeOfSettings(
  now: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): string | undefined {
  const changes = [
    ...[...wanted].filter(([name, literal]) => now.get(name) !== literal),
    ...[...now.keys()]
      .filter((name) => !wanted.has(name))
      .map((name) => [name, 'DEFAULT'] as const),
  ].map(([name, literal]) => `${name} = ${literal}`);
  return changes.length === 0 ? undefined : `SET ${changes.join(', ')}`;
}

/** The SET statement that binds the query parameters; the engine reads each value as its placeholder's type. */
export function bindParams(params: ReadonlyMap<string, string>): string | undefined {
  const bound = [...params].map(([name, value]) => `param_${name} = ${stringLiteral(value)}`);
  return bound.length === 0 ? undefined : `SET ${bound.join(', ')}`;
}

export const useDatabase = (name: string): string => `USE ${quotedName(name)}`;
