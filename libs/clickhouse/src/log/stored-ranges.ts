import type { ClickHouse } from '../client.js';
import { ReportRunner, type ReadOptions } from '../report-runner.js';

export type StoredRangeKind = 'written' | 'abandoned' | 'adopted';

/** A range as ClickHouse has it. Offsets are exact up to 2^53; times in ms since 1970. */
export interface StoredRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  /** Offset after the last. */
  readonly to: number;
  readonly messages: number;
  readonly events: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly deadLetters: number;
  readonly dropped: number;
  readonly firstLogTimeMs: number;
  readonly lastLogTimeMs: number;
  readonly rowVersion: number;
  readonly kind: StoredRangeKind;
  readonly note: string;
}

const COLUMNS = `topic, partition, from_offset AS "from", to_offset AS "to", messages, events, duplicates, conflicts,
  dead_letters AS deadLetters, dropped, toUnixTimestamp64Milli(first_log_time) AS firstLogTimeMs,
  toUnixTimestamp64Milli(last_log_time) AS lastLogTimeMs, row_version AS rowVersion, kind, note`;

/** All ranges of a topic, or of one of its partitions, in order of partition and position; streamed. */
export async function* storedRanges(
  clickhouse: ClickHouse,
  topic: string,
  partition?: number,
  options: ReadOptions = {},
): AsyncGenerator<StoredRange> {
  yield* new ReportRunner(clickhouse).stream<StoredRange>(
    `SELECT ${COLUMNS} FROM {{database}}.ranges
    WHERE topic = {topic:String} ${partition === undefined ? '' : 'AND partition = {partition:UInt32}'}
    ORDER BY topic, partition, from_offset, to_offset`,
    partition === undefined ? { topic } : { topic, partition },
    options,
  );
}

/**
 * The ranges of logs as they are now, as a subquery: where a log was adopted (the topic was created again), only what
 * arrived since counts, for offsets of the log before it mean other messages.
 * @param condition on topic and partition, to read no more than is asked for
 */
export function rangesSinceAdoption(condition = '1'): string {
  return `(
    SELECT * EXCEPT begun FROM
    (
      SELECT *, maxIf(last_log_time, kind = 'adopted') OVER (PARTITION BY topic, partition) AS begun
      FROM {{database}}.ranges
      WHERE ${condition}
    )
    WHERE last_log_time >= begun
  )`;
}

/** How far one partition is stored. */
export interface StoredPosition {
  readonly topic: string;
  readonly partition: number;
  /** First offset that a range covers. */
  readonly from: number;
  /** Offset after the run of ranges that begins at `from` and has no gap: where reading may go on. */
  readonly contiguousTo: number;
  /** Highest end of any range; beyond `contiguousTo` where there is a gap. */
  readonly to: number;
  readonly ranges: number;
  /** Arrival time of the last message before `to`, in ms since 1970. */
  readonly lastLogTimeMs: number;
}

/**
 * Stored positions of all partitions that have any range, by partition. Abandoned and adopted ranges count as covered:
 * an operator has answered for them.
 */
export async function storedPositions(
  clickhouse: ClickHouse,
  topic: string,
  options: ReadOptions = {},
): Promise<StoredPosition[]> {
  // A gap is where a range begins beyond the highest end of all before it.
  return new ReportRunner(clickhouse).query<StoredPosition>(
    `SELECT any(topic_) AS topic, partition, min(from_offset) AS "from",
      if(countIf(gap) = 0, max(to_offset), minIf(before, gap)) AS contiguousTo,
      max(to_offset) AS "to", count() AS ranges,
      toUnixTimestamp64Milli(argMax(last_log_time, to_offset)) AS lastLogTimeMs
    FROM
    (
      SELECT topic AS topic_, partition, from_offset, to_offset, last_log_time,
        max(to_offset) OVER (PARTITION BY partition ORDER BY from_offset, to_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
        row_number() OVER (PARTITION BY partition ORDER BY from_offset, to_offset) > 1 AND from_offset > before AS gap
      FROM ${rangesSinceAdoption('topic = {topic:String}')}
    )
    GROUP BY partition
    ORDER BY partition`,
    { topic },
    options,
  );
}

/** A stretch of the log that an operator gives up or takes over as it is. */
export interface RangeDecision {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** abandoned: its messages are lost. adopted: the log begins anew here, as after a re-created topic. */
  readonly kind: Exclude<StoredRangeKind, 'written'>;
  /** Why, in the operator's words. */
  readonly note: string;
  readonly atMs: number;
}

/** Records the decision; the same decision twice is stored once. A log may be adopted again, later, at the same offset. */
export async function recordRangeDecision(
  { client, database }: ClickHouse,
  decision: RangeDecision,
): Promise<void> {
  const { topic, partition, from, to, kind, note, atMs } = decision;
  if (!(from <= to)) throw new RangeError(`A range ends at or after its start, not ${from}-${to}.`);
  const at = (atMs / 1000).toFixed(3);
  const name = `${kind}/${topic}/${partition}/${from}-${to}`;
  await client.insert({
    table: `${database}.ranges`,
    columns: [
      'topic',
      'partition',
      'from_offset',
      'to_offset',
      'first_log_time',
      'last_log_time',
      'kind',
      'note',
    ],
    values: [[topic, partition, from, to, at, at, kind, note]],
    format: 'JSONCompactEachRow',
    clickhouse_settings: {
      async_insert: 0,
      date_time_input_format: 'basic',
      insert_deduplication_token: kind === 'adopted' ? `${name}@${at}` : name,
    },
  });
}
