import { refuse } from './engine-error.js';
import { insertStatement, type InsertStatement } from './insert-statement.js';
import { isSymbol, isWord, type Token, tokens } from './sql-tokens.js';

/** A statement that only reads. */
export interface ReadStatement {
  readonly kind: 'read';
  readonly tokens: readonly Token[];
  /** The format that its FORMAT clause asks for. */
  readonly format?: string;
  /** Names of the `{name:Type}` placeholders in it. */
  readonly placeholders: readonly string[];
  /** Whether the engine can hand out the result while it computes: plain SELECTs without totals. */
  readonly streamable: boolean;
}

/** Everything that changes something: DDL, INSERT ... SELECT, ALTER, OPTIMIZE, SYSTEM, KILL. */
export interface CommandStatement {
  readonly kind: 'command';
  readonly tokens: readonly Token[];
  readonly format?: string;
  readonly placeholders: readonly string[];
  /** SET, USE, temporary tables: they change the connection, which must not serve another request. */
  readonly changesConnection: boolean;
}

export type Statement = ReadStatement | CommandStatement | InsertStatement;

const READS = ['SELECT', 'WITH', 'FROM', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS'];
const STREAMS = ['SELECT', 'WITH'];

/**
 * What a request asks for, told from the text alone.
 * @param sql one statement; an INSERT may be followed by its data.
 * @throws EngineError 62 for nothing or for several statements, 358 for INTO OUTFILE (it would write where the engine
 *   runs), 48 for INSERT ... SELECT FROM input() (the engine would answer OK and write nothing).
 */
export function parseStatement(sql: string): Statement {
  const insert = insertStatement(sql);
  if (insert !== undefined) return insert;
  const all = single([...tokens(sql)]);
  const first = all.find((token) => !isSymbol(token, '('));
  if (first === undefined) throw refuse(62, 'Empty query');
  all.forEach((token, i) => {
    if (isWord(token, 'INTO') && isWord(all[i + 1], 'OUTFILE'))
      throw refuse(358, 'INTO OUTFILE is not allowed');
  });
  const inserts = all.findIndex(
    (token, i) => isWord(token, 'INSERT') && isWord(all[i + 1], 'INTO'),
  );
  const format = formatClause(all);
  const common = {
    tokens: all,
    placeholders: placeholders(all),
    ...(format === undefined ? {} : { format }),
  };
  const reads = isWord(first, ...READS) && (inserts < 0 || isWord(first, 'EXPLAIN'));
  if (reads)
    return {
      kind: 'read',
      ...common,
      streamable:
        isWord(first, ...STREAMS) && !all.some((token) => isWord(token, 'TOTALS', 'EXTREMES')),
    };
  if (inserts >= 0 && all.some((token, i) => isWord(token, 'INPUT') && isSymbol(all[i + 1], '(')))
    throw refuse(
      48,
      'INSERT ... SELECT ... FROM input() writes nothing in the embedded engine; insert the rows as they are, or through a Null table with a materialized view',
    );
  return {
    kind: 'command',
    ...common,
    changesConnection: isWord(first, 'SET', 'USE') || all.some((t) => isWord(t, 'TEMPORARY')),
  };
}

/** Without the semicolons at the end; one within means several statements. */
function single(all: Token[]): readonly Token[] {
  while (isSymbol(all.at(-1), ';')) all.pop();
  if (all.some((token) => isSymbol(token, ';')))
    throw refuse(62, 'Multi-statements are not allowed: send one statement per request');
  return all;
}

/** `FORMAT Name` stands at the end, or before the last SETTINGS clause. */
function formatClause(all: readonly Token[]): string | undefined {
  const at = all.findLastIndex(
    (token, i) =>
      isWord(token, 'FORMAT') &&
      all[i + 1]?.kind === 'word' &&
      (i + 2 === all.length || isWord(all[i + 2], 'SETTINGS')),
  );
  return at < 1 ? undefined : all[at + 1]?.text;
}

function placeholders(all: readonly Token[]): string[] {
  return all.flatMap((token, i) =>
    token.kind === 'word' && isSymbol(all[i - 1], '{') && isSymbol(all[i + 1], ':')
      ? [token.text]
      : [],
  );
}
