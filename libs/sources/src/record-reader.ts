import { member } from './members.js';
import { OpenDocument } from './open-document.js';
import { NOT_JSON, parse } from './parse.js';
import type { ReadOptions, ReadRecord } from './read-record.js';

/** A bracket that begins JSON: lines of other logs may begin with a word in brackets. */
const OPENS = /^[\s,\uFEFF]*(?=\{|\[\s*(?:$|[{[]))/;
/** A line too long for the log of a program begins JSON with any bracket. */
const OPENS_LONG = /^[\s,\uFEFF]*(?=[{[])/;
/** Nothing, or the comma behind a record. */
const BLANK = /^[\s,\uFEFF]*$/;
/** Characters of a line that tell whether it goes on. */
const HEAD = 1000;

/** As a CloudTrail file holds its records. */
const LISTS = ['Records'];
const MAX_LENGTH = 16 * 1024 * 1024;
const WHOLE_LINE = 1024 * 1024;

/** Lines as long as they are JSON; what is none by itself, piece by piece. */
export class RecordReader {
  private at = 1;
  /** The line under way. */
  private held: string[] = [];
  private heldLength = 0;
  /** The rest of a line is passed over. */
  private passing = false;
  private document: OpenDocument | undefined;
  private readonly options: Required<ReadOptions>;
  private readonly spread: RegExp;

  constructor({ lists = LISTS, maxLength = MAX_LENGTH, wholeLine = WHOLE_LINE }: ReadOptions) {
    this.options = { lists, maxLength, wholeLine: Math.min(wholeLine, maxLength) };
    this.spread = new RegExp(`^\\s*(?:\\[|\\{\\s*$|\\{\\s*"(?:${lists.join('|')})"\\s*:)`);
  }

  /** Where it stands. */
  get line(): number {
    return this.document?.line ?? this.at;
  }

  /** The records that a piece of the text completes. */
  *take(piece: string): Generator<ReadRecord> {
    let text = piece;
    for (let at = 0; at < text.length;) {
      if (this.document !== undefined) {
        at = yield* this.document.take(text, at);
        if (!this.document.ended) return;
        this.at = this.document.line;
        this.document = undefined;
        continue;
      }
      const end = text.indexOf('\n', at);
      if (end === -1 && this.fits(text.length - at)) {
        this.hold(text.slice(at));
        return;
      }
      if (this.heldLength > 0) {
        // The line is looked at as a whole, from its beginning.
        text = this.heldText() + text.slice(at);
        at = 0;
        continue;
      }
      at = yield* this.beginning(text, at, end);
    }
  }

  /** What is left where the text ends. */
  *end(): Generator<ReadRecord> {
    if (this.heldLength > 0) yield* this.take('\n');
    if (this.document !== undefined) yield this.document.cutOff();
  }

  private fits(length: number): boolean {
    return this.heldLength + length <= this.options.wholeLine;
  }

  private hold(text: string): void {
    this.held.push(text);
    this.heldLength += text.length;
  }

  private heldText(): string {
    const text = this.held.join('');
    this.held = [];
    this.heldLength = 0;
    return text;
  }

  /** The line at a place, up to its end (-1: it has none yet, and is long). @returns where to read on */
  private *beginning(text: string, at: number, end: number): Generator<ReadRecord, number> {
    const line = text.slice(at, end === -1 ? undefined : end);
    const next = end === -1 ? text.length : end + 1;
    const long = end === -1 || line.length > this.options.wholeLine;
    const value = long || this.passing ? NOT_JSON : parse(line);
    const opening = long ? OPENS_LONG : OPENS;
    const opens = value === NOT_JSON && !this.passing ? opening.exec(line.slice(0, HEAD)) : null;
    if (opens !== null) {
      const spread = this.spread.test(line.slice(0, HEAD));
      this.document = new OpenDocument(this.at, { ...this.options, spread });
      return at + opens[0].length;
    }
    if (value !== NOT_JSON) yield* recordsIn(value, this.at, this.options.lists);
    else if (!this.passing && !BLANK.test(line)) yield { line: this.at, error: 'not JSON' };
    this.passing = end === -1;
    if (end !== -1) this.at += 1;
    return next;
  }
}

function* recordsIn(value: unknown, line: number, lists: readonly string[]): Generator<ReadRecord> {
  const list = listIn(value, lists);
  if (list === undefined) yield { line, record: value };
  else yield* list.map((record, index) => ({ line, item: index + 1, record }));
}

function listIn(value: unknown, lists: readonly string[]): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  return lists
    .map((name) => member(value, name))
    .find((list): list is readonly unknown[] => Array.isArray(list));
}
