import { VIEWS } from '@keywatch/clickhouse';
import { CommandError } from '../command-error.js';

/** `Code: 60. DB::Exception: words (NAME)`, as the server gives it, or as its client has taken it apart. */
const WORDS =
  /^(?:Code: (\d+)\. )?(?:DB::Exception: )?(.*?)(?: ?\(version [^)]*\))?\.?(?: ?\(([A-Z_]+)\))?\.?$/s;

const HINTS: Readonly<Record<string, string>> = {
  UNKNOWN_TABLE: `There are ${VIEWS.join(', ')} (docs/data-dictionary.md).`,
  UNKNOWN_IDENTIFIER: 'The columns of each view stand in docs/data-dictionary.md.',
  UNKNOWN_QUERY_PARAMETER: 'Give it with --param name=value.',
  TIMEOUT_EXCEEDED: 'Ask for a shorter time range (limits: docs/analysts.md).',
  TOO_MANY_ROWS: 'Ask for a shorter time range or one key (limits: docs/analysts.md).',
  MEMORY_LIMIT_EXCEEDED: 'Ask for less at once (limits: docs/analysts.md).',
  TOO_MANY_ROWS_OR_BYTES: 'Add a LIMIT, or aggregate (limits: docs/analysts.md).',
};

/** What ClickHouse says of a query, as one message; other failures as they are. */
export function sqlError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof CommandError || error.name === 'AbortError') return error;
  const { code, type } = error as { code?: unknown; type?: unknown };
  const [, ownCode, words = '', ownName] = WORDS.exec(error.message.trim()) ?? [];
  const number = ownCode ?? (typeof code === 'string' && /^\d+$/.test(code) ? code : undefined);
  if (number === undefined) return error;
  const name = typeof type === 'string' && type !== '' ? type : (ownName ?? '');
  const plain = words
    .replace(/^(?:Code: \d+\. )?(?:DB::Exception: )+/, '')
    .replace(/^(?:analyst|default): /, '')
    .replace(/ In scope .*?(?=Maybe you meant|$)/s, ' ')
    .replace(/ in scope .*$/s, '')
    .trim();
  const hint = HINTS[name];
  const sentence = /[.?!\]]$/.test(plain) ? plain : `${plain}.`;
  return new CommandError(
    `${sentence}${hint === undefined ? '' : ` ${hint}`} (ClickHouse ${[number, name].join(' ').trim()})`,
  );
}
