import { member } from './members.js';
import { linesOf, MAX_LINE_LENGTH } from './lines.js';
import { isGzipError, plainBytes } from './plain-bytes.js';

/** A record, or why a stretch of the input is none. `line` counts from 1; `item` too, where a line holds a list. */
export type ReadRecord =
  | { readonly line: number; readonly item?: number; readonly record: unknown }
  | { readonly line: number; readonly error: string };

/**
 * Reads JSON records from the bytes of a file, plain or gzip (told by its first two bytes). Forms: one record a line;
 * a list; a CloudTrail file (`{"Records": [...]}`), on one line or over many, also one such file a line. Lines are
 * read one at a time; a list is held whole. What can't be read is a value with its line, never an exception; errors of
 * the chunks' own source (a disk, a connection) do throw.
 */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  maxLength = MAX_LINE_LENGTH,
): AsyncGenerator<ReadRecord> {
  const plain = await plainBytes(chunks);
  let last = 0;
  let first = true;
  let document: OpenDocument | undefined;
  try {
    for await (const { line, text, tooLong } of linesOf(plain, maxLength)) {
      last = line;
      if (tooLong) {
        yield lengthError(line, maxLength);
      } else if (document !== undefined) {
        document.length += text.length;
        if (document.length > maxLength) {
          yield lengthError(document.line, maxLength);
          return;
        }
        document.texts.push(text);
      } else if (text.trim() !== '') {
        const value = parse(text);
        if (value === NOT_JSON && first && OPENS_DOCUMENT.test(text)) {
          document = { line, texts: [text], length: text.length };
        } else yield* recordsIn(value, line);
        first = false;
      }
    }
    if (document !== undefined) yield* recordsIn(parse(document.texts.join('\n')), document.line);
  } catch (error) {
    if (!isGzipError(error)) throw error;
    yield { line: last + 1, error: `the gzip data is broken or cut off (${error.code})` };
  }
}

interface OpenDocument {
  /** Where it begins. */
  readonly line: number;
  readonly texts: string[];
  length: number;
}

/** How a text begins that goes on over many lines: a list, a CloudTrail file or one spread-out object. */
const OPENS_DOCUMENT = /^\s*(?:\[|\{\s*$|\{\s*"Records"\s*:)/;

function lengthError(line: number, maxLength: number): ReadRecord {
  return {
    line,
    error: `longer than ${maxLength} characters; write one record a line, for example with jq -c '.Records[]'`,
  };
}

const NOT_JSON = Symbol('not JSON');

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function* recordsIn(value: unknown, line: number): Generator<ReadRecord> {
  const list = listIn(value);
  if (value === NOT_JSON) yield { line, error: 'not JSON' };
  else if (list === undefined) yield { line, record: value };
  else yield* list.map((record, index) => ({ line, item: index + 1, record }));
}

function listIn(value: unknown): readonly unknown[] | undefined {
  const records: unknown = Array.isArray(value) ? value : member(value, 'Records');
  return Array.isArray(records) ? (records as readonly unknown[]) : undefined;
}
