/** Rows gathered before they are encoded at once: encoding each alone costs more than building it. */
const ROWS_AT_ONCE = 512;

/** Gathers the rows of one insert as bytes, joined by line feeds. */
export class RowBytes {
  private readonly chunks: Buffer[] = [];
  private rows: string[] = [];

  push(row: string): void {
    this.rows.push(row);
    if (this.rows.length >= ROWS_AT_ONCE) this.encode();
  }

  bytes(): Buffer {
    if (this.rows.length > 0) this.encode();
    return Buffer.concat(this.chunks);
  }

  private encode(): void {
    this.chunks.push(Buffer.from(`${this.rows.join('\n')}\n`));
    this.rows = [];
  }
}
