import { offsetsInWords } from '@keywatch/events';
import { rangesSinceAdoption } from '../log/stored-ranges.js';
import { rows, type VerifyContext } from './context.js';
import { EXAMPLES, fine, wrong, type Finding } from './finding.js';
import { nameOf } from './positions.check.js';

interface Seam {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly before: number;
  readonly total: number;
}

/** Ranges of a partition follow on each other: no gap, no overlap, none twice. */
export async function checkRangeGaps(context: VerifyContext): Promise<Finding[]> {
  const seams = await rows<Seam>(
    context,
    `SELECT topic, partition, from_offset AS "from", before, count() OVER () AS total
    FROM
    (
      SELECT topic, partition, from_offset, to_offset,
        max(to_offset) OVER (PARTITION BY topic, partition ORDER BY from_offset, to_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
        row_number() OVER (PARTITION BY topic, partition ORDER BY from_offset, to_offset) AS n
      FROM ${rangesSinceAdoption()}
    )
    WHERE n > 1 AND from_offset != before
    ORDER BY topic, partition, from_offset
    LIMIT ${EXAMPLES}`,
  );
  const total = seams[0]?.total ?? 0;
  if (total === 0)
    return [fine('range-gaps', 'ranges follow on each other without gap or overlap')];
  return [
    wrong(
      'range-gaps',
      'Ranges do not follow on each other',
      total,
      seams.map((seam) =>
        seam.from > seam.before
          ? `${nameOf(seam)}: nothing stored at offsets ${offsetsInWords(seam.before, seam.from)} (keywatch ranges abandon ${seam.topic} ${seam.partition} ${seam.before} ${seam.from})`
          : `${nameOf(seam)}: stored twice at offsets ${offsetsInWords(seam.from, seam.before)}`,
      ),
      'A gap is lost rows: stop ingest, reset its group to the start of the gap while the log still has it, or give it up by the command behind it (which takes the offset after the last). An overlap is rows stored twice: see the check of duplicates.',
    ),
  ];
}

interface OddRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly expected: number;
  readonly found: number;
  readonly total: number;
}

/** The messages of a range are all accounted for, and are no more than its offsets. */
export async function checkRangeCounts(context: VerifyContext): Promise<Finding[]> {
  const odd = await rows<OddRange>(
    context,
    `SELECT topic, partition, from_offset AS "from", to_offset AS "to", messages AS expected,
      events + duplicates + dead_letters + dropped AS found, count() OVER () AS total
    FROM {{database}}.ranges
    WHERE kind = 'written' AND (found != messages OR messages > to_offset - from_offset OR conflicts > duplicates)
    ORDER BY topic, partition, from_offset
    LIMIT ${EXAMPLES}`,
  );
  const total = odd[0]?.total ?? 0;
  if (total === 0) return [fine('range-counts', 'every message of every range is accounted for')];
  return [
    wrong(
      'range-counts',
      'Ranges whose numbers do not add up',
      total,
      odd.map(
        (range) =>
          `${nameOf(range)}, offsets ${offsetsInWords(range.from, range.to)}: ${range.expected} messages, ${range.found} accounted for`,
      ),
      'This is a bug in ingest; please report it with these numbers.',
    ),
  ];
}

/**
 * Where a topic's rows are, and how long each table keeps them (days by arrival time, as in the migrations).
 * `of`: which column of `ranges` counts them.
 */
export const STORED_ROWS = [
  { table: 'event_ids', of: 'events + duplicates', days: 35, topics: 'all' },
  { table: 'dead_letters', of: 'dead_letters', days: 400, topics: 'all' },
  { table: 'key_events', of: 'events', days: 400, topics: 'keyEvents' },
  {
    table: 'alert_events',
    // What people did about alerts has a table of its own, which keeps it for good.
    also: 'alert_actions',
    of: 'events',
    days: 800,
    topics: 'alertEvents',
  },
  { table: 'deliveries', of: 'events', days: 400, topics: 'deliveryEvents' },
] as const;

/** Each range has the rows that it says it has, in each table that keeps them. */
export async function checkRangeRows(context: VerifyContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const stored of STORED_ROWS) {
    const topic = stored.topics === 'all' ? undefined : context.topics[stored.topics];
    const odd = await oddRanges(context, stored, topic);
    const total = odd[0]?.total ?? 0;
    if (total === 0) continue;
    findings.push(
      wrong(
        'range-rows',
        `Ranges whose rows in ${stored.table} are not as many as announced`,
        total,
        odd.map(
          (range) =>
            `${nameOf(range)}, offsets ${offsetsInWords(range.from, range.to)}: ${range.expected} expected, ${range.found} there`,
        ),
        'Fewer: rows are lost (on plain tables a power loss can do that): rebuild from the log or a backup. More: a range was written twice with other rows: see the check of duplicates.',
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [fine('range-rows', 'every range has the rows that it announced')];
}

function oddRanges(
  context: VerifyContext,
  { table, of, days, ...more }: (typeof STORED_ROWS)[number],
  topic: string | undefined,
): Promise<OddRange[]> {
  const condition = topic === undefined ? '1' : 'topic = {topic:String}';
  const tables = 'also' in more ? [table, more.also] : [table];
  const stored = tables.map(
    (name) => `SELECT topic, partition, offset, log_time FROM {{database}}.${name}`,
  );
  // Whole ranges inside retention only, with a day to spare. Rows outside any range count as found at range 0-0.
  return rows<OddRange>(
    context,
    `SELECT topic, partition, from_offset AS "from", max(to_offset) AS "to", sum(announced) AS expected, sum(there) AS found,
      count() OVER () AS total
    FROM
    (
      SELECT topic, partition, from_offset, to_offset, ${of} AS announced, toUInt64(0) AS there
      FROM ${rangesSinceAdoption(condition)}
      WHERE kind = 'written' AND first_log_time > now() - INTERVAL ${days - 1} DAY
      UNION ALL
      SELECT stored.topic AS topic, stored.partition AS partition, known.from_offset AS from_offset, toUInt64(0), toUInt64(0), count() AS there
      FROM
      (
        SELECT topic, partition, offset
        FROM (${stored.join(' UNION ALL ')}) AS rows
        LEFT JOIN
        (
          SELECT topic, partition, max(last_log_time) AS begun
          FROM {{database}}.ranges WHERE kind = 'adopted' GROUP BY topic, partition
        ) AS adopted
        USING (topic, partition)
        WHERE log_time > now() - INTERVAL ${days - 1} DAY AND log_time >= adopted.begun AND ${condition}
      ) AS stored
      ASOF LEFT JOIN
      (
        SELECT topic, partition, from_offset, to_offset, first_log_time
        FROM ${rangesSinceAdoption(condition)} WHERE kind = 'written'
      ) AS known
      ON stored.topic = known.topic AND stored.partition = known.partition AND stored.offset >= known.from_offset
      WHERE known.to_offset <= stored.offset OR known.first_log_time > now() - INTERVAL ${days - 1} DAY
      GROUP BY topic, partition, from_offset
    )
    GROUP BY topic, partition, from_offset
    HAVING expected != found
    ORDER BY topic, partition, from_offset
    LIMIT ${EXAMPLES}`,
    topic === undefined ? {} : { topic },
  );
}
