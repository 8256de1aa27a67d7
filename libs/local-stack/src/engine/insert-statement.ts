import { isSymbol, isWord, nameOf, type Token, tokens } from './sql-tokens.js';

/** An INSERT that can be said anew: plain names, and settings that are literals. */
export interface PlainInsert {
  readonly table: string;
  readonly columns?: readonly string[];
  /** The statement's own SETTINGS clause: name and literal as written. */
  readonly settings: ReadonlyMap<string, string>;
}

/** An INSERT whose rows come as data, after the statement or as the body of the request. */
export interface InsertStatement {
  readonly kind: 'insert';
  /** Set when the engine can take the data as bytes. */
  readonly plain?: PlainInsert;
  /** `Values` for `INSERT INTO t VALUES`. */
  readonly format: string;
  /** Where the data begins in the text, in characters: after the format's name and one line break or space. */
  readonly dataStart: number;
}

/** Reads tokens one by one with a look ahead of one. */
class Reader {
  private ahead: Token | undefined;
  constructor(private readonly source: Iterator<Token, void>) {
    this.next();
  }
  get peek(): Token | undefined {
    return this.ahead;
  }
  next(): Token | undefined {
    const token = this.ahead;
    const step = this.source.next();
    this.ahead = step.done === true ? undefined : step.value;
    return token;
  }
}

/**
 * Reads `INSERT INTO [TABLE] name [(columns)] [SETTINGS name = literal, ...] FORMAT Name | VALUES` and stops before the
 * data, which may be anything.
 * @returns undefined for every other statement, INSERT ... SELECT and INSERT INTO FUNCTION among them.
 */
export function insertStatement(sql: string): InsertStatement | undefined {
  const reader = new Reader(tokens(sql));
  if (!isWord(reader.next(), 'INSERT') || !isWord(reader.next(), 'INTO')) return undefined;
  if (isWord(reader.peek, 'TABLE')) reader.next();
  if (isWord(reader.peek, 'FUNCTION')) return undefined;
  const table = tableName(reader);
  const columns = isSymbol(reader.peek, '(') ? columnList(reader) : [];
  const settings = isWord(reader.peek, 'SETTINGS')
    ? settingsClause(reader)
    : new Map<string, string>();
  const word = reader.next();
  const named = isWord(word, 'FORMAT') ? reader.next() : undefined;
  const end = isWord(word, 'VALUES') ? word : named?.kind === 'word' ? named : undefined;
  if (end === undefined) return undefined;
  const plain =
    table !== undefined && columns !== undefined && settings !== undefined
      ? { table, settings, ...(columns.length > 0 ? { columns } : {}) }
      : undefined;
  return {
    kind: 'insert',
    format: named?.text ?? 'Values',
    dataStart: afterBreak(sql, end.end),
    ...(plain === undefined ? {} : { plain }),
  };
}

const PLAIN = /^\w+$/;
const isName = (token: Token | undefined): token is Token =>
  token?.kind === 'word' || token?.kind === 'quotedName';

/** `name` or `database.name`; undefined when a part needs its quotes. */
function tableName(reader: Reader): string | undefined {
  const parts: string[] = [];
  while (isName(reader.peek)) {
    parts.push(nameOf(reader.peek));
    reader.next();
    if (!isSymbol(reader.peek, '.')) break;
    reader.next();
  }
  return parts.length > 0 && parts.every((part) => PLAIN.test(part)) ? parts.join('.') : undefined;
}

/** The names between the brackets; undefined for `* EXCEPT(...)` and names that need their quotes. */
function columnList(reader: Reader): string[] | undefined {
  const names: string[] = [];
  let plain = true;
  let depth = 0;
  do {
    const token = reader.next();
    if (token === undefined) return undefined;
    if (isSymbol(token, '(')) depth++;
    else if (isSymbol(token, ')')) depth--;
    else if (isName(token) && PLAIN.test(nameOf(token))) names.push(nameOf(token));
    else if (!isSymbol(token, ',')) plain = false;
    if (depth > 1) plain = false;
  } while (depth > 0);
  return plain && names.length > 0 ? names : undefined;
}

/** undefined when a value is more than one literal. */
function settingsClause(reader: Reader): Map<string, string> | undefined {
  const settings = new Map<string, string>();
  let plain = true;
  do {
    reader.next();
    const name = reader.next();
    const equals = reader.next();
    const sign = isSymbol(reader.peek, '-') ? (reader.next()?.text ?? '') : '';
    const value = reader.next();
    if (name?.kind !== 'word' || !isSymbol(equals, '=') || value === undefined) return undefined;
    if (!['string', 'number', 'word'].includes(value.kind)) plain = false;
    settings.set(name.text, sign + value.text);
    while (!isSymbol(reader.peek, ',') && !isWord(reader.peek, 'FORMAT', 'VALUES')) {
      plain = false;
      if (reader.next() === undefined) return undefined;
    }
  } while (isSymbol(reader.peek, ','));
  return plain ? settings : undefined;
}

/** The server skips white space up to and with the first line break after the format's name. */
function afterBreak(sql: string, from: number): number {
  return from + (/^[ \t\r]*\n?/.exec(sql.slice(from, from + 1024))?.[0].length ?? 0);
}
