import {
  lastSweepRuns,
  ReportRunner,
  storedPartitions,
  TABLES,
  type ClickHouse,
  type ReadOptions,
  type SweepProgress,
} from '@keywatch/clickhouse';
import type { StoredPartition } from '@keywatch/events';
import type { Row, SqlQuery, TimeRange } from '@keywatch/reports';
import { wholeParquet } from './whole-parquet.js';
import { Database, type Counts } from './database.js';

/** A report may take longer than the questions between; its asker gives up by closing the connection. */
const REPORT_SECONDS = 300;
const QUESTION_SECONDS = 5;
const QUESTION_MS = QUESTION_SECONDS * 1000 + 1000;

const COUNTS = `SELECT sum(messages) AS messages, sum(events) AS events, sum(duplicates) AS duplicates,
    sum(conflicts) AS conflicts, sum(dead_letters) AS deadLetters, sum(dropped) AS dropped
FROM
(
    SELECT messages, events, duplicates, conflicts, dead_letters, dropped
    FROM {{database}}.ranges
    WHERE topic = {topic:String} AND last_log_time >= fromUnixTimestamp64Milli({from:Int64}) AND first_log_time < fromUnixTimestamp64Milli({to:Int64})
)`;

const LATEST_MS = Date.UTC(2200, 0, 1);

export class ClickHouseDatabase extends Database {
  private readonly runner: ReportRunner;

  constructor(private readonly clickhouse: ClickHouse) {
    super();
    this.runner = new ReportRunner(clickhouse);
  }

  override rows({ sql, params }: SqlQuery, signal: AbortSignal): AsyncIterable<Row> {
    return this.runner.stream<Row>(sql, params, {
      signal,
      limits: { maxSeconds: REPORT_SECONDS },
    });
  }

  override parquet({ sql, params }: SqlQuery, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const limits = { maxSeconds: REPORT_SECONDS, maxResultRows: 0 };
    return wholeParquet(this.runner.text(sql, 'Parquet', params, { signal, limits }));
  }

  override stored(topic: string): Promise<StoredPartition[]> {
    return storedPartitions(this.clickhouse, topic, question());
  }

  override async counts(topic: string, { from, to }: TimeRange): Promise<Counts> {
    const params = { topic, from: from ?? 0, to: to ?? LATEST_MS };
    const [counts] = await this.ask<Counts>(COUNTS, params);
    if (counts === undefined) throw new Error('ClickHouse gave no counts');
    return counts;
  }

  override sweeps(): Promise<SweepProgress[]> {
    return lastSweepRuns(this.clickhouse, question());
  }

  override async missingTables(): Promise<string[]> {
    const found = await this.ask<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = '{{database}}'",
      {},
    );
    const names = new Set(found.map(({ name }) => name));
    return [...Object.keys(TABLES), 'keys', 'alerts'].filter((name) => !names.has(name));
  }

  private ask<T>(sql: string, params: Record<string, string | number>): Promise<T[]> {
    return this.runner.query<T>(sql, params, question());
  }
}

/** A question's time starts when it is asked. */
function question(): ReadOptions {
  return {
    signal: AbortSignal.timeout(QUESTION_MS),
    limits: { maxSeconds: QUESTION_SECONDS },
  };
}
