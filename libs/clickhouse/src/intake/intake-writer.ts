import { Readable } from 'node:stream';
import type { ClickHouse } from '../client.js';
import type { Intake } from '../rows/empty-columns.js';
import { TABLES } from '../schema/tables.js';
import { classifyInsertError, DeterministicInsertError } from './insert-errors.js';
import { insertSettings } from './insert-settings.js';
import { backoffMs, DEFAULT_BACKOFF, waitFor, type Backoff } from './retry.js';

export interface InsertRetry {
  /** Number of the try that failed, from 1. */
  readonly attempt: number;
  readonly error: unknown;
  readonly waitMs: number;
}

export interface WriteOptions {
  readonly signal?: AbortSignal;
  /**
   * Called after each failed try, before the wait; the place for a heartbeat. When it throws, the write ends with
   * that error.
   */
  readonly onRetry?: (retry: InsertRetry) => unknown;
}

export interface IntakeWriterOptions {
  readonly backoff?: Backoff;
  /** Tries in a row with an answer nobody has classified, before it counts as lasting. */
  readonly unknownErrorLimit?: number;
}

/** Ten tries with the default back-off last about half a minute: a restart or a failover passes in that time. */
const UNKNOWN_ERROR_LIMIT = 10;

/** Writes ranges into one intake, each as one insert under one token. */
export class IntakeWriter {
  readonly #query: string;
  readonly #table: string;
  readonly #backoff: Backoff;
  readonly #unknownErrorLimit: number;

  constructor(
    private readonly clickhouse: ClickHouse,
    intake: Intake,
    options: IntakeWriterOptions = {},
  ) {
    this.#table = `${clickhouse.database}.${intake}`;
    this.#query = `INSERT INTO ${this.#table} (${TABLES[intake].join(', ')}) FORMAT JSONCompactEachRow`;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
    this.#unknownErrorLimit = options.unknownErrorLimit ?? UNKNOWN_ERROR_LIMIT;
  }

  /**
   * Returns once the rows are in, all or (under a token already written) none. Tries again with the same token for as
   * long as the fault may pass.
   * @param rows texts from the row builders, or the same joined by line feeds as bytes
   * @param token names the range and its content; the same token means the same rows
   * @throws DeterministicInsertError when no further try can succeed; the signal's reason when it is aborted
   */
  async write(
    rows: readonly string[] | Buffer,
    token: string,
    options: WriteOptions = {},
  ): Promise<void> {
    const { signal, onRetry } = options;
    const bytes = Buffer.isBuffer(rows) ? rows : Buffer.from(rows.join('\n'));
    let unknownInARow = 0;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        await this.#insert(bytes, token, signal);
        return;
      } catch (error) {
        signal?.throwIfAborted();
        const kind = classifyInsertError(error);
        unknownInARow = kind === 'unknown' ? unknownInARow + 1 : 0;
        if (kind === 'deterministic' || unknownInARow >= this.#unknownErrorLimit) {
          throw new DeterministicInsertError(this.#table, token, error);
        }
        const waitMs = backoffMs(attempt, this.#backoff);
        await onRetry?.({ attempt, error, waitMs });
        await waitFor(waitMs, signal);
      }
    }
  }

  async #insert(bytes: Buffer, token: string, signal: AbortSignal | undefined): Promise<void> {
    const { stream } = await this.clickhouse.client.exec({
      query: this.#query,
      // A stream is used up by a try.
      values: Readable.from(chunksOf(bytes), { objectMode: false }),
      clickhouse_settings: insertSettings(token),
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    // The socket is free for the next request only when the (empty) answer has been read.
    for await (const _ of stream);
  }
}

const CHUNK_BYTES = 1 << 20;

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
