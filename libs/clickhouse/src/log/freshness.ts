import type { ClickHouse } from '../client.js';
import { ReportRunner, type ReadOptions } from '../report-runner.js';

/** How far one partition has come into the database. */
export interface PartitionFreshness {
  readonly topic: string;
  readonly partition: number;
  /** Offset after the last that is in. */
  readonly to: number;
  /** Its arrival time, in ms since 1970. */
  readonly lastLogTimeMs: number;
}

/**
 * What the watermark is made of: per partition the last position that is in and its log time. With the log's ends
 * beside it (a partition that is read to its end is fresh as of now) the minimum is the time up to which all is in.
 */
export async function databaseFreshness(
  clickhouse: ClickHouse,
  options: ReadOptions = {},
): Promise<PartitionFreshness[]> {
  return new ReportRunner(clickhouse).query<PartitionFreshness>(
    `SELECT topic, partition, max(to_offset) AS "to",
      toUnixTimestamp64Milli(argMax(last_log_time, to_offset)) AS lastLogTimeMs
    FROM {{database}}.ranges
    GROUP BY topic, partition
    ORDER BY topic, partition`,
    {},
    options,
  );
}
