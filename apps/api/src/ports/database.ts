import type { SweepProgress } from '@keywatch/clickhouse';
import type { StoredPartition } from '@keywatch/events';
import type { Row, SqlQuery, TimeRange } from '@keywatch/reports';

/** What became of messages. */
export interface Counts {
  readonly messages: number;
  readonly events: number;
  /** Dropped because the same event was there before. */
  readonly duplicates: number;
  /** Duplicates whose body differs from the first. */
  readonly conflicts: number;
  readonly deadLetters: number;
  /** Left out on purpose. */
  readonly dropped: number;
}

/** The questions that the API asks of ClickHouse. */
export abstract class Database {
  /** Rows as they come. @throws where the database can't answer, before the first row or amid them */
  abstract rows(query: SqlQuery, signal: AbortSignal): AsyncIterable<Row>;
  /** The rows as a Parquet file, piece by piece. @throws like rows, and where the file has no end */
  abstract parquet(query: SqlQuery, signal: AbortSignal): AsyncIterable<Uint8Array>;
  abstract stored(topic: string): Promise<StoredPartition[]>;
  /** Over the ranges that arrived at least in part within the time range. */
  abstract counts(topic: string, range: TimeRange): Promise<Counts>;
  /** How far each sweep has looked, as of the last round; none: no round is recorded. */
  abstract sweeps(): Promise<SweepProgress[]>;
  /** Tables and views of this version that the database lacks; all of them where it isn't there. */
  abstract missingTables(): Promise<string[]>;
}
