import { storableMs } from './json-text.js';

/** UTF-8 of a UTF-16 string takes at most three bytes a unit. */
const BYTES_PER_UNIT = 3;

const [QUOTE, COMMA, POINT, ZERO, BACKSLASH] = [0x22, 0x2c, 0x2e, 0x30, 0x5c];
const [FIRST_PRINTABLE, LAST_PRINTABLE] = [0x20, 0x7e];
const UINT32_BEYOND = 2 ** 32;

/**
 * Gathers the rows of one insert as the bytes of JSONCompactEachRow. Columns are written byte by byte: a row built as text
 * and encoded afterwards took 4.0 microseconds, this 1.5 (one request, measured side by side).
 */
export class RowBytes {
  private buffer: Buffer;
  private length = 0;

  /** @param expected size in bytes; it grows beyond, at the price of a copy */
  constructor(expected: number) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(1_024, expected));
  }

  /** A whole row, as its builder gives it. */
  push(row: string): void {
    this.raw(`${row}\n`);
  }

  /** All rows so far; a view that later rows may overwrite, so take it last. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Text as it is, for what is JSON already. */
  raw(text: string): void {
    this.makeRoom(text.length * BYTES_PER_UNIT);
    this.length += this.buffer.write(text, this.length, 'utf8');
  }

  /** The same for short text that is known to be ASCII: a loop costs less than a call out of JavaScript. */
  ascii(text: string): void {
    this.makeRoom(text.length);
    const { buffer } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i += 1) {
      buffer[at] = text.charCodeAt(i);
      at += 1;
    }
    this.length = at;
  }

  /** A further column: a text, lone surrogates mended; missing is empty. */
  text(value = ''): void {
    this.makeRoom(value.length + 3);
    const { buffer } = this;
    let at = this.length;
    buffer[at] = COMMA;
    buffer[at + 1] = QUOTE;
    at += 2;
    for (let i = 0; i < value.length; i += 1) {
      const code = value.charCodeAt(i);
      if (code < FIRST_PRINTABLE || code > LAST_PRINTABLE || code === QUOTE || code === BACKSLASH) {
        // Nothing of it counts yet: it is written again, escaped.
        this.raw(`,${JSON.stringify(value.toWellFormed())}`);
        return;
      }
      buffer[at] = code;
      at += 1;
    }
    buffer[at] = QUOTE;
    this.length = at + 1;
  }

  /** A further column: a number as JavaScript writes it. */
  number(value: number): void {
    this.makeRoom(11);
    this.buffer[this.length] = COMMA;
    this.length += 1;
    if (Number.isInteger(value) && value >= 0 && value < UINT32_BEYOND) {
      this.digits(value, digitsOf(value));
    } else this.ascii(String(value));
  }

  /** A further column: a time as `timeColumn` writes it. @param ms since 1970 */
  time(ms: number): void {
    const safe = storableMs(ms);
    const seconds = Math.floor(safe / 1000);
    this.makeRoom(18);
    const { buffer } = this;
    buffer[this.length] = COMMA;
    buffer[this.length + 1] = QUOTE;
    this.length += 2;
    this.digits(seconds, seconds < 1e10 ? 10 : 11);
    buffer[this.length] = POINT;
    this.length += 1;
    this.digits(safe - seconds * 1000, 3);
    buffer[this.length] = QUOTE;
    this.length += 1;
  }

  /** A whole number with so many digits, zeros before it; there must be room. */
  private digits(value: number, count: number): void {
    const { buffer } = this;
    let left = value;
    for (let at = this.length + count - 1; at >= this.length; at -= 1) {
      const tenth = Math.floor(left / 10);
      buffer[at] = ZERO + left - tenth * 10;
      left = tenth;
    }
    this.length += count;
  }

  private makeRoom(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

function digitsOf(value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count += 1;
  return count;
}
