import { Readable } from 'node:stream';
import { ClickHouseError } from '@clickhouse/client';
import type { ClickHouse } from '../client.js';
import type { Intake } from '../rows/empty-columns.js';
import { intakeHeader } from '../rows/intake-header.js';
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

/** Ten tries with the default back-off last about 20 s: a restart or a failover passes in that time. */
const UNKNOWN_ERROR_LIMIT = 10;

/** Tries in a row without any answer, after which the server is asked a small question. */
const SILENT_TRIES = 3;
const ACCESS_DENIED = '497';

/** Writes ranges into one intake, each as one insert under one token. */
export class IntakeWriter {
  readonly #query: string;
  readonly #question: string;
  readonly #table: string;
  readonly #header: Buffer;
  readonly #backoff: Backoff;
  readonly #unknownErrorLimit: number;

  constructor(
    private readonly clickhouse: ClickHouse,
    intake: Intake,
    options: IntakeWriterOptions = {},
  ) {
    this.#table = `${clickhouse.database}.${intake}`;
    const columns = TABLES[intake].join(', ');
    this.#query = `INSERT INTO ${this.#table} (${columns}) FORMAT RowBinaryWithNamesAndTypes`;
    this.#header = intakeHeader(intake);
    this.#question = `SELECT ${columns} FROM ${this.#table} LIMIT 0`;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
    this.#unknownErrorLimit = options.unknownErrorLimit ?? UNKNOWN_ERROR_LIMIT;
  }

  /**
   * Returns once the rows are in, all or (under a token already written) none. Tries again with the same token for as
   * long as the fault may pass.
   * @param rows from the row builders, one by one or together
   * @param token names the range and its content; the same token means the same rows
   * @throws DeterministicInsertError when no further try can succeed; the signal's reason when it is aborted
   */
  async write(
    rows: readonly Buffer[] | Buffer,
    token: string,
    options: WriteOptions = {},
  ): Promise<void> {
    const { signal, onRetry } = options;
    const bytes = Buffer.isBuffer(rows) ? rows : Buffer.concat(rows);
    let unknownInARow = 0;
    let silentInARow = 0;
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
        silentInARow = error instanceof ClickHouseError ? 0 : silentInARow + 1;
        if (silentInARow > 0 && silentInARow % SILENT_TRIES === 0) {
          await this.#throwWhatIsRefused(token, signal);
        }
        const waitMs = backoffMs(attempt, this.#backoff);
        await onRetry?.({ attempt, error, waitMs });
        await waitFor(waitMs, signal);
      }
    }
  }

  /**
   * A server that refuses an insert before it has read it (a wrong password) closes the connection, and the writer may
   * see a reset instead of the answer, for ever. A question without a body always gets its answer.
   */
  async #throwWhatIsRefused(token: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.clickhouse.client.command({
        query: this.#question,
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      // A user who may only insert is not allowed to ask: that says nothing of the insert.
      const mayNotAsk = error instanceof ClickHouseError && error.code === ACCESS_DENIED;
      if (classifyInsertError(error) === 'deterministic' && !mayNotAsk) {
        throw new DeterministicInsertError(this.#table, token, error);
      }
    }
  }

  async #insert(bytes: Buffer, token: string, signal: AbortSignal | undefined): Promise<void> {
    const { stream } = await this.clickhouse.client.exec({
      query: this.#query,
      // A stream is used up by a try.
      values: Readable.from(chunksOf(this.#header, bytes), { objectMode: false }),
      clickhouse_settings: insertSettings(token),
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    // The socket is free for the next request only when the (empty) answer has been read.
    for await (const _ of stream);
  }
}

const CHUNK_BYTES = 1 << 20;

function* chunksOf(header: Buffer, bytes: Buffer): Generator<Buffer> {
  yield header;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
