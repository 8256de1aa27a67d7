/** Rows encoded at once: each alone costs a call more, hundreds together a copy more. */
const ROWS_AT_ONCE = 16;

/** UTF-8 of a UTF-16 string takes at most three bytes a unit. */
const BYTES_PER_UNIT = 3;

/** Gathers the rows of one insert as bytes, each ended by a line feed. */
export class RowBytes {
  private buffer: Buffer;
  private length = 0;
  private text = '';
  private rows = 0;

  /** @param expected size in bytes; it grows beyond, at the price of a copy */
  constructor(expected: number) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(1_024, expected));
  }

  push(row: string): void {
    this.text += `${row}\n`;
    this.rows += 1;
    if (this.rows === ROWS_AT_ONCE) this.encode();
  }

  /** All rows so far; a view that later rows may overwrite, so take it last. */
  bytes(): Buffer {
    this.encode();
    return this.buffer.subarray(0, this.length);
  }

  private encode(): void {
    const atMost = this.length + this.text.length * BYTES_PER_UNIT;
    if (atMost > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(atMost, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    this.length += this.buffer.write(this.text, this.length, 'utf8');
    this.text = '';
    this.rows = 0;
  }
}
