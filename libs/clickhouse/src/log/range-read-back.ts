import type { ClickHouse } from '../client.js';
import { ReportRunner, type ReadOptions } from '../report-runner.js';
import type { Intake } from '../rows/empty-columns.js';

/** As the table function `merge` finds them: of tables that only a later migration makes, those that are there. */
const EVENT_TABLES = {
  key_event_intake: '^key_events$',
  alert_event_intake: '^alert_(events|actions)$',
  delivery_event_intake: '^deliveries$',
} as const satisfies Record<Intake, string>;

/** Positions of one partition: from `from` up to, not including, `to`. */
export interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

interface Found {
  readonly decided: number;
  readonly ranges: number;
  readonly events: number;
  readonly duplicates: number;
  readonly letters: number;
  readonly storedEvents: number;
  readonly ids: number;
  readonly storedLetters: number;
}

/**
 * Whether the rows of an announced range are there: all, none, or some of them. Looks at the tables that keep positions;
 * rollups keep none (verify compares them with the raw rows). A range that an operator has given up or taken over
 * counts as there.
 */
export async function readBackRange(
  clickhouse: ClickHouse,
  intake: Intake,
  { topic, partition, from, to }: Stretch,
  options: ReadOptions = {},
): Promise<'all' | 'nothing' | 'part'> {
  const inStretch =
    'topic = {topic:String} AND partition = {partition:UInt32} AND offset >= {from:UInt64} AND offset < {to:UInt64}';
  const found = await new ReportRunner(clickhouse).one<Found>(
    `SELECT decided, ranges, events, duplicates, letters, storedEvents, ids, storedLetters
    FROM
    (
      SELECT countIf(kind != 'written' AND from_offset <= {from:UInt64} AND to_offset >= {to:UInt64}) AS decided,
        countIf(kind = 'written' AND from_offset = {from:UInt64} AND to_offset = {to:UInt64}) AS ranges,
        anyIf(ranges.events, kind = 'written' AND from_offset = {from:UInt64}) AS events,
        anyIf(ranges.duplicates, kind = 'written' AND from_offset = {from:UInt64}) AS duplicates,
        anyIf(dead_letters, kind = 'written' AND from_offset = {from:UInt64}) AS letters
      FROM {{database}}.ranges
      WHERE topic = {topic:String} AND partition = {partition:UInt32}
    ) AS r
    CROSS JOIN (SELECT count() AS storedEvents FROM merge({{database}}, '${EVENT_TABLES[intake]}') WHERE ${inStretch}) AS e
    CROSS JOIN (SELECT count() AS ids FROM {{database}}.event_ids WHERE ${inStretch}) AS i
    CROSS JOIN (SELECT count() AS storedLetters FROM {{database}}.dead_letters WHERE ${inStretch}) AS l`,
    { topic, partition, from, to },
    { ...options, limits: { maxSeconds: 600, ...options.limits } },
  );
  if (found.decided > 0) return 'all';
  const { ranges, storedEvents, ids, storedLetters } = found;
  if (ranges + storedEvents + ids + storedLetters === 0) return 'nothing';
  const whole =
    ranges === 1 &&
    storedEvents === found.events &&
    ids === found.events + found.duplicates &&
    storedLetters === found.letters;
  return whole ? 'all' : 'part';
}
