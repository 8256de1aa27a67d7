import { NOT_JSON, parse } from './parse.js';
import type { ReadRecord } from './read-record.js';

/** What is looked at, as character codes. */
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const LIST = 0x5b;
const OPENING = new Set([LIST, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Characters before a list in which its name stands. */
const NAME = 64;

export interface DocumentOptions {
  /** Members of an outermost object whose list holds the records. */
  readonly lists: readonly string[];
  /** Characters of one record. */
  readonly maxLength: number;
  /** Whether it goes on over line feeds; otherwise it is broken where its line ends. */
  readonly spread: boolean;
}

/**
 * A list or an object that comes in pieces: over many lines, or on a line too long to be held. Of a list (bare, or a
 * member as in CloudTrail files) it holds one record at a time: a file of any length can be read, and a cut or a broken
 * record takes none of the others with it.
 */
export class OpenDocument {
  /** Its last bracket was read, or it broke at the end of its line. */
  ended = false;
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Brackets around a record of the list; undefined where there is no list (yet). */
  private listDepth: number | undefined;
  /** The list has ended; what follows in the object around it is passed over. */
  private listEnded = false;
  private item = 0;
  /** The pieces of the record under way; undefined between records. */
  private parts: string[] | undefined;
  private length = 0;
  private recordLine: number;

  /** @param line where it stands, from 1 */
  constructor(
    public line: number,
    private readonly options: DocumentOptions,
  ) {
    this.recordLine = line;
  }

  /** Reads a text from a place on, the first one from a bracket on. @returns where the document's part of it ends */
  *take(text: string, from: number): Generator<ReadRecord, number> {
    let start = from;
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === LINE_FEED) {
        if (this.options.spread) {
          this.line += 1;
          continue;
        }
        yield this.failed('not JSON');
        return at;
      }
      if (this.inString) this.withinString(code);
      else if (code > SPACE) {
        if (this.beginsRecord(code)) {
          start = at;
          this.begin();
        }
        if (code === QUOTE) this.inString = true;
        else if (OPENING.has(code)) this.open(code, text, start, at);
        else if (CLOSING.has(code)) {
          // A number ends before the bracket of its list, an object with its own bracket.
          if (this.depth === this.listDepth) yield* this.finish(text, start, at);
          this.depth -= 1;
          if (this.depth === (this.listDepth ?? 0)) yield* this.finish(text, start, at + 1);
          if (this.depth < (this.listDepth ?? 0)) this.listEnded = true;
          this.ended = this.depth === 0;
          if (this.ended) return at + 1;
        } else if (code === COMMA && this.depth === this.listDepth) {
          yield* this.finish(text, start, at);
        }
      }
    }
    this.hold(text.slice(start));
    return text.length;
  }

  /** What is to be said where the input ends before the document does. */
  cutOff(): ReadRecord {
    return this.failed('not JSON: the input ends within a record or a list, it may be cut off');
  }

  private withinString(code: number): void {
    if (this.escaped) this.escaped = false;
    else if (code === BACKSLASH) this.escaped = true;
    else if (code === QUOTE) this.inString = false;
  }

  /** A bare list is none: its records are. */
  private beginsRecord(code: number): boolean {
    if (this.parts !== undefined || this.listEnded) return false;
    if (this.listDepth === undefined) return code !== LIST;
    return this.depth === this.listDepth && code !== COMMA && !CLOSING.has(code);
  }

  private begin(): void {
    this.parts = [];
    this.length = 0;
    this.recordLine = this.line;
    if (this.listDepth !== undefined) this.item += 1;
  }

  private open(code: number, text: string, start: number, at: number): void {
    this.depth += 1;
    if (code !== LIST || this.listDepth !== undefined) return;
    if (this.depth === 1 || (this.depth === 2 && this.isNamed(text.slice(start, at)))) {
      this.listDepth = this.depth;
      this.parts = undefined;
    }
  }

  /** Whether the name before a list is one of those that hold records. */
  private isNamed(before: string): boolean {
    const near = (this.parts?.at(-1) ?? '').slice(-NAME) + before.slice(-NAME);
    const name = /"(\w+)"\s*:\s*$/.exec(near)?.[1];
    return name !== undefined && this.options.lists.includes(name);
  }

  private hold(text: string): void {
    if (this.parts === undefined) return;
    this.length += text.length;
    if (this.length <= this.options.maxLength) this.parts.push(text);
    else this.parts = [];
  }

  private *finish(text: string, start: number, end: number): Generator<ReadRecord> {
    if (this.parts === undefined) return;
    this.hold(text.slice(start, end));
    const record = parse(this.parts.join(''));
    if (this.length > this.options.maxLength) {
      yield this.problem(`longer than ${this.options.maxLength} characters`);
    } else yield record === NOT_JSON ? this.problem('not JSON') : { ...this.place(), record };
    this.parts = undefined;
  }

  private failed(error: string): ReadRecord {
    this.ended = true;
    return this.problem(error);
  }

  private problem(error: string): ReadRecord {
    return { ...this.place(), error };
  }

  private place(): { readonly line: number; readonly item?: number } {
    return { line: this.recordLine, ...(this.item > 0 ? { item: this.item } : {}) };
  }
}
