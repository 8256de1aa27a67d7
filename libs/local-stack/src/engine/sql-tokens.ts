export type TokenKind = 'word' | 'quotedName' | 'string' | 'number' | 'symbol' | 'unclear';

/** A token of ClickHouse SQL with its place in the text; comments and white space are no tokens. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\n]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d[\w.]*/y;
const SYMBOL = /[()[\]{},;.:?=<>!+\-*/%|&@^~]/y;
const HEX_OR_BINARY = /[xXbB]'[^'\\]*'/y;
const HEREDOC = /\$\w*\$/y;
const CLOSED_BY: Readonly<Record<string, TokenKind>> = {
  "'": 'string',
  '`': 'quotedName',
  '"': 'quotedName',
};

/**
 * The tokens of a statement, one at a time, so that a reader of an INSERT can stop where its data begins. What this
 * scanner can't be sure to see as the engine does (typographic quotes, nested comments, exotic white space, an unclosed
 * quote) comes out as `unclear`: harmless for a trusted user, a reason to refuse for a restricted one.
 */
export function* tokens(sql: string): Generator<Token, void, undefined> {
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  while (at < sql.length) {
    const skipped = match(SPACE) ?? match(LINE_COMMENT);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const start = at;
    const token = (kind: TokenKind, end: number): Token => {
      at = end;
      return { kind, text: sql.slice(start, end), start, end };
    };
    if (sql.startsWith('/*', at)) {
      const { end, plain } = blockComment(sql, at);
      if (plain) at = end;
      else yield token('unclear', end);
      continue;
    }
    const quote = CLOSED_BY[sql.charAt(at)];
    if (quote !== undefined) {
      const end = closingQuote(sql, at);
      yield end === undefined ? token('unclear', sql.length) : token(quote, end);
      continue;
    }
    const heredoc = match(HEREDOC);
    if (heredoc !== undefined) {
      const close = sql.indexOf(heredoc, at + heredoc.length);
      yield close < 0 ? token('unclear', sql.length) : token('string', close + heredoc.length);
      continue;
    }
    const found = firstMatch(match);
    yield found === undefined ? token('unclear', at + 1) : token(found[0], at + found[1].length);
  }
}

function firstMatch(match: (p: RegExp) => string | undefined): [TokenKind, string] | undefined {
  const kinds: readonly (readonly [TokenKind, RegExp])[] = [
    ['string', HEX_OR_BINARY],
    ['word', WORD],
    ['number', NUMBER],
    ['symbol', SYMBOL],
  ];
  for (const [kind, pattern] of kinds) {
    const text = match(pattern);
    if (text !== undefined) return [kind, text];
  }
  return undefined;
}

/** The place after the quote that closes the one at `open`; a doubled quote or a backslash keeps it open. */
function closingQuote(sql: string, open: number): number | undefined {
  const quote = sql[open];
  for (let i = open + 1; i < sql.length; i++) {
    if (sql[i] === '\\') i++;
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  return undefined;
}

/** The engine nests block comments, so they are counted; a nested or unclosed one is not `plain`. */
function blockComment(sql: string, open: number): { end: number; plain: boolean } {
  let depth = 0;
  let deepest = 0;
  for (let i = open; i < sql.length - 1; i++) {
    const two = sql.slice(i, i + 2);
    if (two === '/*') deepest = Math.max(deepest, ++depth);
    else if (two === '*/') depth--;
    else continue;
    i++;
    if (depth === 0) return { end: i + 1, plain: deepest === 1 };
  }
  return { end: sql.length, plain: false };
}

/** The name that a quoted identifier stands for; other tokens stand for themselves. */
export function nameOf(token: Token): string {
  if (token.kind !== 'quotedName') return token.text;
  const quote = token.text.charAt(0);
  return token.text
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replaceAll(/\\(.)/gs, '$1');
}

/** Whether the token is this keyword, whatever its case. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text;
}
