import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { type Writable } from 'node:stream';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { type ResultSink, type Summary } from './engine.js';
import { asEngineError } from './engine-error.js';
import { contentType } from './result-formats.js';

/** Answers one request in the way of ClickHouse's HTTP interface. */
export class QueryResponse implements ResultSink {
  private readonly tag = randomBytes(8).toString('hex');
  private body: Writable | undefined;

  /** @param gzip whether the client asked for it, by `enable_http_compression=1` and Accept-Encoding. */
  constructor(
    private readonly response: ServerResponse,
    private readonly queryId: string,
    private readonly gzip: boolean,
  ) {}

  begin(format: string, summary: Summary): void {
    this.response.writeHead(200, {
      ...this.commonHeaders(),
      'Content-Type': contentType(format),
      'X-ClickHouse-Format': format,
      'X-ClickHouse-Summary': summaryHeader(summary),
      'X-ClickHouse-Exception-Tag': this.tag,
      ...(this.gzip ? { 'Content-Encoding': 'gzip' } : {}),
    });
    this.body = this.gzip ? this.compressed() : this.response;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const body = this.body;
    if (body === undefined) throw new Error('write() before begin()');
    if (body.write(bytes) || this.response.destroyed) return;
    // The receiver is slow: the engine must not compute ahead of it. It may also go away.
    const gone = new AbortController();
    const onClose = (): void => {
      gone.abort();
    };
    this.response.once('close', onClose);
    try {
      await once(body, 'drain', { signal: gone.signal });
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    } finally {
      this.response.off('close', onClose);
    }
  }

  end(): void {
    this.body?.end();
  }

  /** An error before the first bytes has a status of its own; after them it goes at the end, marked as the server marks it. */
  fail(error: unknown): void {
    const { code, message, status } = asEngineError(error);
    if (this.body !== undefined) {
      const length = Buffer.byteLength(message) + 1;
      const mark = '__exception__';
      this.body.end(
        `\r\n${mark}\r\n${this.tag}\r\n${message}\n${length} ${this.tag}\r\n${mark}\r\n`,
      );
      return;
    }
    this.response.writeHead(status, {
      ...this.commonHeaders(),
      'Content-Type': 'text/plain; charset=UTF-8',
      'X-ClickHouse-Exception-Code': code,
      ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="Keywatch engine"' } : {}),
      ...(status === 503 ? { 'Retry-After': '1' } : {}),
    });
    this.response.end(`${message}\n`);
  }

  private commonHeaders(): Record<string, string> {
    return {
      'X-ClickHouse-Query-Id': this.queryId,
      'X-ClickHouse-Server-Display-Name': 'embedded',
    };
  }

  private compressed(): Gzip {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    gzip.pipe(this.response);
    return gzip;
  }
}

/** All values as strings, as the server gives them. */
export function summaryHeader(summary: Summary): string {
  return JSON.stringify({
    read_rows: String(summary.readRows ?? 0),
    read_bytes: String(summary.readBytes ?? 0),
    written_rows: String(summary.writtenRows ?? 0),
    written_bytes: String(summary.writtenBytes ?? 0),
    total_rows_to_read: '0',
    result_rows: String(summary.writtenRows ?? 0),
    result_bytes: String(summary.writtenBytes ?? 0),
    elapsed_ns: String(Math.round((summary.elapsedSeconds ?? 0) * 1e9)),
  });
}
