import type { ClickHouseSettings } from '@clickhouse/client';
import type { ClickHouse } from './client.js';
import { renderSql } from './schema/migration-sql.js';

/** What one reading query may use. A report that needs more fails with the server's words instead of stopping ingest. */
export interface ReadLimits {
  readonly maxSeconds?: number;
  readonly maxResultRows?: number;
  readonly maxMemoryBytes?: number;
  readonly maxThreads?: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  readonly limits?: ReadLimits;
}

export type QueryParams = Readonly<Record<string, unknown>>;

const DEFAULT_LIMITS: Required<ReadLimits> = {
  maxSeconds: 30,
  maxResultRows: 1_000_000,
  maxMemoryBytes: 2_000_000_000,
  maxThreads: 2,
};

/** Settings of a reading request. 64-bit integers come as JSON numbers: ours stay below 2^53. */
export function readSettings(limits: ReadLimits = {}): ClickHouseSettings {
  const { maxSeconds, maxResultRows, maxMemoryBytes, maxThreads } = {
    ...DEFAULT_LIMITS,
    ...limits,
  };
  return {
    max_execution_time: maxSeconds,
    max_result_rows: String(maxResultRows),
    result_overflow_mode: 'throw',
    max_memory_usage: String(maxMemoryBytes),
    max_threads: maxThreads,
    output_format_json_quote_64bit_integers: 0,
    output_format_json_quote_denormals: 1,
    // The engine gives a Date "2026-11-24 04:00:30.243"; in ISO form JavaScript reads it as UTC.
    date_time_output_format: 'iso',
  };
}

/**
 * Runs SQL texts that read. Values travel as parameters (`{name:Type}` in the text) and are never written into it;
 * a table's name alone is looked up in our database, and `{{database}}` stands for its name.
 */
export class ReportRunner {
  constructor(private readonly clickhouse: ClickHouse) {}

  /** All rows, as objects by column name. */
  async query<T>(sql: string, params: QueryParams = {}, options: ReadOptions = {}): Promise<T[]> {
    const answer = await this.#ask(sql, params, options);
    return answer.json<T>();
  }

  /** The single row of a query that gives exactly one. */
  async one<T>(sql: string, params: QueryParams = {}, options: ReadOptions = {}): Promise<T> {
    const [row, ...more] = await this.query<T>(sql, params, options);
    if (row === undefined || more.length > 0) {
      throw new Error(
        `The query gave ${row === undefined ? 'no row' : 'several rows'} instead of one: ${sql.trim().slice(0, 120)}`,
      );
    }
    return row;
  }

  /** Rows as they come; memory stays flat however many there are. */
  async *stream<T>(
    sql: string,
    params: QueryParams = {},
    options: ReadOptions = {},
  ): AsyncGenerator<T> {
    const unlimited = { maxResultRows: 0, ...options.limits };
    const answer = await this.#ask(sql, params, { ...options, limits: unlimited });
    try {
      for await (const rows of answer.stream<T>()) {
        for (const row of rows) yield row.json();
      }
    } finally {
      answer.close();
    }
  }

  /**
   * The answer as the server writes it, for example CSVWithNames: a table for a person or a file. An error amid it may
   * stand in the bytes: who needs to know looks for the end that the format has.
   */
  async *text(
    sql: string,
    format: 'CSVWithNames' | 'TabSeparated' | 'JSONEachRow' | 'Parquet',
    params: QueryParams = {},
    options: ReadOptions = {},
  ): AsyncGenerator<Buffer> {
    const { reader, database } = this.clickhouse;
    const answer = await reader.exec({
      query: `${renderSql(sql, database, 'embedded')}\nFORMAT ${format}`,
      query_params: { ...params },
      clickhouse_settings: readSettings(options.limits),
      ...(options.signal === undefined ? {} : { abort_signal: options.signal }),
    });
    for await (const chunk of answer.stream) yield chunk as Buffer;
  }

  #ask(sql: string, params: QueryParams, options: ReadOptions) {
    const { reader, database } = this.clickhouse;
    return reader.query({
      query: renderSql(sql, database, 'embedded'),
      query_params: { ...params },
      format: 'JSONEachRow',
      clickhouse_settings: readSettings(options.limits),
      ...(options.signal === undefined ? {} : { abort_signal: options.signal }),
    });
  }
}
