import type { StoredPartition } from '@keywatch/events';
import type { ClickHouse } from '../client.js';
import { ReportRunner, type ReadOptions } from '../report-runner.js';
import { rangesSinceAdoption } from './stored-ranges.js';

/** What the watermark is made of, with the log's ends beside it: how far each partition of a topic is stored. */
export async function storedPartitions(
  clickhouse: ClickHouse,
  topic: string,
  options: ReadOptions = {},
): Promise<StoredPartition[]> {
  return new ReportRunner(clickhouse).query<StoredPartition>(
    `SELECT partition, min(from_offset) AS "from", max(to_offset) AS "to",
      toInt64("to") - toInt64("from") - toInt64(sum(to_offset - from_offset)) AS uncovered,
      sumIf(to_offset - from_offset, kind = 'abandoned') AS abandoned,
      toUnixTimestamp64Milli(argMax(last_log_time, to_offset)) AS lastLogTimeMs
    FROM ${rangesSinceAdoption('topic = {topic:String}')}
    GROUP BY partition
    ORDER BY partition`,
    { topic },
    options,
  );
}

/** A stretch of a partition that is not stored and won't come by itself. Times in ms since 1970. */
export interface StoredGap {
  readonly partition: number;
  readonly from: number;
  /** Offset after the last. */
  readonly to: number;
  /** uncovered: no range has it. abandoned: an operator gave it up. */
  readonly kind: 'uncovered' | 'abandoned';
  /** Why an operator gave it up; empty otherwise. */
  readonly note: string;
  /** Arrival of the last message stored before it, and of the first after it, as far as known. */
  readonly afterMs: number;
  readonly beforeMs: number;
}

/** The gaps of a topic, oldest first; at most 1,000. */
export async function storedGaps(
  clickhouse: ClickHouse,
  topic: string,
  options: ReadOptions = {},
): Promise<StoredGap[]> {
  return new ReportRunner(clickhouse).query<StoredGap>(
    `SELECT partition, before AS "from", from_offset AS "to", 'uncovered' AS kind, '' AS note,
      toUnixTimestamp64Milli(before_time) AS afterMs, toUnixTimestamp64Milli(first_log_time) AS beforeMs
    FROM
    (
      SELECT partition, from_offset, first_log_time,
        max(to_offset) OVER past AS before, max(last_log_time) OVER past AS before_time,
        row_number() OVER (PARTITION BY partition ORDER BY from_offset, to_offset) AS nth
      FROM ${rangesSinceAdoption('topic = {topic:String}')}
      WINDOW past AS (PARTITION BY partition ORDER BY from_offset, to_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    WHERE nth > 1 AND from_offset > before
    UNION ALL
    SELECT partition, from_offset AS "from", to_offset AS "to", 'abandoned' AS kind, note,
      toUnixTimestamp64Milli(first_log_time) AS afterMs, toUnixTimestamp64Milli(last_log_time) AS beforeMs
    FROM
    (
      SELECT * FROM ${rangesSinceAdoption('topic = {topic:String}')}
      WHERE kind = 'abandoned' AND to_offset > from_offset
    )
    ORDER BY partition, "from"
    LIMIT 1000`,
    { topic },
    options,
  );
}
