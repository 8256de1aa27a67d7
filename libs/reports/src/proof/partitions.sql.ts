import { TOPICS } from '@keywatch/events';
import type { LogBounds } from '../kit/report.js';
import { iso, timeParam, type SqlQuery } from '../kit/sql.js';

/** Where the rows of each topic are, and for how many days after arrival, as in the migrations. */
const TABLES = [
  { topic: TOPICS.keyEvents.name, table: 'key_events', days: 400 },
  { topic: TOPICS.alertEvents.name, table: 'alert_events', days: 800 },
  { topic: TOPICS.deliveryEvents.name, table: 'deliveries', days: 400 },
] as const;
const DEAD_LETTER_DAYS = 400;
const ACTIONS = 'alert_actions';
const DAY_MS = 86_400_000;

/**
 * A row for each partition that the database or the log knows. Where a log was adopted (its topic was created again), only
 * what arrived since counts. Ranges are compared with rows where they lie wholly inside the time that rows are kept,
 * with a day to spare. The log was asked before the database, which may be ahead of it by now.
 * @param log missing: it could not be asked
 */
export function proofOfPartitions(
  topic: string | undefined,
  now: number,
  log: readonly LogBounds[] | undefined,
): SqlQuery {
  const bounds = (log ?? []).filter((one) => topic === undefined || one.topic === topic);
  const tables = TABLES.filter((one) => topic === undefined || one.topic === topic);
  return {
    sql: `SELECT topic, toUInt64(partition) AS partition,
    multiIf(wrong, 'gaps', logEnd IS NULL, 'unknown', lag > 0, 'behind', 'complete') AS state,
    if(stored, from_offset, NULL) AS fromOffset, if(stored, to_offset, NULL) AS toOffset,
    if(asked, high, NULL) AS logEnd,
    if(asked, greatest(0, toInt64(high) - toInt64(greatest(next, low))), NULL) AS lag,
    ranges, gaps, missing, twice, given_up AS givenUp,
    if(asked, greatest(0, toInt64(low) - toInt64(next)), NULL) AS eaten,
    messages, events, duplicates, conflicts, dead_letters AS deadLetters, dropped,
    toInt64(messages) - toInt64(events + duplicates + dead_letters + dropped) AS unaccounted,
    rows_expected AS rowsExpected, rows_found AS rowsFound, dead_rows AS deadLetterRows, open_dead AS openDeadLetters,
    if(stored, ${iso('first_log_time')}, NULL) AS firstArrivedAt, if(stored, ${iso('last_log_time')}, NULL) AS lastArrivedAt
FROM
(
SELECT topic, partition, sum(is_stored) > 0 AS stored, sum(is_asked) > 0 AS asked,
    max(o.from_offset) AS from_offset, max(o.to_offset) AS to_offset, max(o.low) AS low, max(o.high) AS high, if(stored, to_offset, low) AS next,
    max(o.ranges) AS ranges, max(o.gaps) AS gaps, max(o.missing) AS missing, max(o.twice) AS twice, max(o.given_up) AS given_up,
    max(o.messages) AS messages, max(o.events) AS events, max(o.duplicates) AS duplicates, max(o.conflicts) AS conflicts,
    max(o.dead_letters) AS dead_letters, max(o.dropped) AS dropped, max(o.rows_expected) AS rows_expected, max(o.dead_expected) AS dead_expected,
    sum(o.rows_found) AS rows_found, sum(o.dead_rows) AS dead_rows, sum(o.open_dead) AS open_dead, max(o.first_log_time) AS first_log_time, max(o.last_log_time) AS last_log_time,
    gaps > 0 OR given_up > 0 OR (asked AND stored AND low > to_offset) OR messages != events + duplicates + dead_letters + dropped
        OR rows_expected != rows_found OR dead_expected != dead_rows AS wrong
FROM
(
${ofRanges()}
UNION ALL
${ofLog()}
${[...tables.map(ofTable), ofActions(), ofDeadLetters(), ofOpenDeadLetters()].map((sql) => `UNION ALL\n${sql}`).join('\n')}
) AS o
WHERE ${topic === undefined ? 'true' : 'topic = {topic:String}'}
GROUP BY topic, partition
)`,
    params: {
      log: bounds.map(({ topic: name, partition, low, high }) =>
        JSON.stringify([name, String(partition), String(low), String(high)]),
      ),
      ...Object.fromEntries(
        TABLES.map(({ table, days }) => [`since_${table}`, timeParam(now - (days - 1) * DAY_MS)]),
      ),
      since_dead: timeParam(now - (DEAD_LETTER_DAYS - 1) * DAY_MS),
      ...(topic === undefined ? {} : { topic }),
    },
  };
}

const COLUMNS = {
  is_stored: 'toUInt8(0)',
  is_asked: 'toUInt8(0)',
  low: 'toUInt64(0)',
  high: 'toUInt64(0)',
  from_offset: 'toUInt64(0)',
  to_offset: 'toUInt64(0)',
  ranges: 'toUInt64(0)',
  gaps: 'toUInt64(0)',
  missing: 'toUInt64(0)',
  twice: 'toUInt64(0)',
  given_up: 'toUInt64(0)',
  messages: 'toUInt64(0)',
  events: 'toUInt64(0)',
  duplicates: 'toUInt64(0)',
  conflicts: 'toUInt64(0)',
  dead_letters: 'toUInt64(0)',
  dropped: 'toUInt64(0)',
  rows_expected: 'toUInt64(0)',
  dead_expected: 'toUInt64(0)',
  rows_found: 'toUInt64(0)',
  dead_rows: 'toUInt64(0)',
  open_dead: 'toUInt64(0)',
  first_log_time: "toDateTime64(0, 3, 'UTC')",
  last_log_time: "toDateTime64(0, 3, 'UTC')",
} as const;

/** The columns of every part, those that it knows and zeros for the others. */
function select(known: Partial<Record<keyof typeof COLUMNS, string>>): string {
  const columns = Object.entries({ ...COLUMNS, ...known }).map(
    ([name, sql]) => `${sql} AS ${name}`,
  );
  return `SELECT toString(topic) AS topic, toUInt32(partition) AS partition, ${columns.join(', ')}`;
}

const SINCE = `multiIf(${TABLES.map(({ topic, table }) => `topic = '${topic}', {since_${table}:DateTime64(3, 'UTC')}`).join(', ')}, toDateTime64(0, 3, 'UTC'))`;

/** Ranges since the log was last adopted, with the end of what lies before each. */
const RANGES = `SELECT *, max(to_offset) OVER (PARTITION BY topic, partition ORDER BY from_offset, to_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
    row_number() OVER (PARTITION BY topic, partition ORDER BY from_offset, to_offset) > 1 AS follows
FROM
(
SELECT *, maxIf(last_log_time, kind = 'adopted') OVER (PARTITION BY topic, partition) AS begun
FROM {{database}}.ranges
)
WHERE last_log_time >= begun`;

function ofRanges(): string {
  const kept = `kind = 'written' AND r.first_log_time > ${SINCE}`;
  return `${select({
    is_stored: 'toUInt8(1)',
    from_offset: 'min(r.from_offset)',
    to_offset: 'max(r.to_offset)',
    ranges: "countIf(kind = 'written')",
    gaps: 'countIf(follows AND r.from_offset != before)',
    missing:
      'sum(if(follows AND r.from_offset > before, toUInt64(r.from_offset - before), toUInt64(0)))',
    twice:
      'sum(if(follows AND r.from_offset < before, toUInt64(least(before, r.to_offset) - r.from_offset), toUInt64(0)))',
    given_up: "sumIf(toUInt64(r.to_offset - r.from_offset), kind = 'abandoned')",
    messages: 'sum(r.messages)',
    events: 'sum(r.events)',
    duplicates: 'sum(r.duplicates)',
    conflicts: 'sum(r.conflicts)',
    dead_letters: 'sum(r.dead_letters)',
    dropped: 'sum(r.dropped)',
    rows_expected: `sumIf(r.events, ${kept})`,
    dead_expected: `sumIf(r.dead_letters, kind = 'written' AND r.first_log_time > {since_dead:DateTime64(3, 'UTC')})`,
    first_log_time: 'min(r.first_log_time)',
    last_log_time: 'max(r.last_log_time)',
  })}
FROM
(
${RANGES}
) AS r
GROUP BY topic, partition`;
}

function ofLog(): string {
  return `${select({ is_asked: 'toUInt8(1)', low: 'toUInt64(bounds[3])', high: 'toUInt64(bounds[4])' })}
FROM
(
SELECT JSONExtract(arrayJoin({log:Array(String)}), 'Array(String)') AS bounds, bounds[1] AS topic, bounds[2] AS partition
)`;
}

/** Since which offset the ranges of a partition are compared with its rows. */
const starts = (since: string): string => `SELECT topic, partition, max(begun) AS begun,
    minIf(from_offset, kind = 'written' AND first_log_time > {${since}:DateTime64(3, 'UTC')}) AS first_kept,
    countIf(kind = 'written' AND first_log_time > {${since}:DateTime64(3, 'UTC')}) > 0 AS any_kept
FROM
(
${RANGES}
)
GROUP BY topic, partition`;

function countedRows(
  column: 'rows_found' | 'dead_rows' | 'open_dead',
  table: string,
  since: string,
  conditions: readonly string[],
): string {
  return `${select({ [column]: 'count()' })}
FROM
(
SELECT topic, partition, offset, log_time
FROM {{database}}.${table}${conditions.length === 0 ? '' : `\nWHERE ${conditions.join(' AND ')}`}
) AS stored
LEFT ANY JOIN
(
${starts(since)}
) AS kept USING (topic, partition)
WHERE any_kept = 0 OR (stored.log_time >= kept.begun AND stored.offset >= kept.first_kept)
GROUP BY topic, partition`;
}

const ofTable = ({ table, topic }: (typeof TABLES)[number]): string =>
  countedRows('rows_found', table, `since_${table}`, [`topic = '${topic}'`]);

/** What people did about alerts has a table of its own. */
const ofActions = (): string =>
  countedRows('rows_found', ACTIONS, 'since_alert_events', [
    `topic = '${TOPICS.alertEvents.name}'`,
  ]);

const ofDeadLetters = (): string => countedRows('dead_rows', 'dead_letters', 'since_dead', []);

/** Those that nobody has replayed or discarded. */
const ofOpenDeadLetters = (): string =>
  countedRows('open_dead', 'dead_letter_states', 'since_dead', ["state = 'open'"]);
