import { TOPICS } from '@keywatch/events';
import { z } from 'zod';
import { column, detail, isoTime } from '../kit/columns.js';
import { oneOf } from '../kit/params.js';
import { defineReport } from '../kit/report.js';
import { proofOfPartitions } from '../proof/partitions.sql.js';

const text = z.string();
const count = z.int().min(0);
const known = count.nullable();

const row = z.strictObject({
  topic: column(text, 'Topic', 'Kafka topic'),
  partition: column(count, 'Partition', 'Kafka partition'),
  state: column(
    z.enum(['complete', 'behind', 'gaps', 'unknown']),
    'State',
    'complete: all that the log has is stored; behind: some is still to come; gaps: some is missing, stored twice, or rows and ranges ' +
      'do not agree; unknown: the log could not be asked',
  ),
  fromOffset: column(known, 'First offset', 'First offset that a range covers; null: none does'),
  toOffset: column(
    known,
    'Next offset',
    'Offset after the last that a range covers; null: none does',
  ),
  logEnd: column(
    known,
    'End of log',
    'Offset of the next message that will arrive; null: the log could not be asked',
  ),
  lag: column(known, 'Lag', 'Messages that have arrived and are not stored; null: unknown'),
  ranges: column(count, 'Ranges', 'Ranges written', 'ranges'),
  gaps: column(count, 'Gaps', 'Places where a range does not begin where the one before it ended'),
  missing: column(
    count,
    'Missing',
    'Offsets between the first and the last that no range covers',
    'offsets',
  ),
  twice: detail(column(count, 'Twice', 'Offsets covered by more than one range', 'offsets')),
  givenUp: detail(column(count, 'Given up', 'Offsets that an operator has given up', 'offsets')),
  eaten: detail(
    column(
      known,
      'Eaten',
      'Messages that retention removed before they were stored; null: unknown',
      'messages',
    ),
  ),
  messages: column(count, 'Messages', 'Messages in the ranges', 'messages'),
  events: column(count, 'Events', 'Of them stored as events', 'messages'),
  duplicates: column(count, 'Duplicates', 'Of them dropped as duplicates', 'messages'),
  conflicts: detail(
    column(count, 'Conflicts', 'Duplicates whose body differs from the first', 'messages'),
  ),
  deadLetters: column(
    count,
    'Dead letters',
    'Of them dead letters: they can not be events',
    'messages',
  ),
  openDeadLetters: column(
    count,
    'Open',
    'Dead letters that nobody has replayed or discarded',
    'messages',
  ),
  dropped: detail(column(count, 'Left out', 'Of them left out on purpose', 'messages')),
  unaccounted: detail(
    column(
      z.int(),
      'Unaccounted',
      'Messages less events, duplicates, dead letters and left out: 0, or a range is wrong',
      'messages',
    ),
  ),
  rowsExpected: column(
    count,
    'Rows expected',
    'Events of the ranges that lie within the time that rows are kept',
    'rows',
  ),
  rowsFound: column(count, 'Rows found', 'Rows of these ranges in their table', 'rows'),
  deadLetterRows: detail(column(count, 'Dead-letter rows', 'Dead letters of these ranges', 'rows')),
  firstArrivedAt: detail(
    column(isoTime.nullable(), 'First arrived', 'Arrival of the first message stored'),
  ),
  lastArrivedAt: column(isoTime.nullable(), 'Last arrived', 'Arrival of the last message stored'),
});

const COVERED = ['keyEvents', 'alertEvents', 'deliveryEvents'] as const;
const NAMES = COVERED.map((topic) => TOPICS[topic].name);
const PREFIX = 'keywatch.';
/** People leave the prefix out, as the documentation does. */
const TYPED = [...NAMES, ...NAMES.map((name) => name.replace(PREFIX, ''))] as [string, ...string[]];

const params = {
  topic: oneOf(TYPED, 'Only this topic, with or without keywatch.')
    .transform((typed) => NAMES.find((name) => name === typed || name === `${PREFIX}${typed}`))
    .optional(),
};

export const completenessReport = defineReport<typeof params, 'partition'>({
  id: 'completeness',
  title: 'Proof of completeness',
  question: 'Is everything in, once, and how is that known?',
  about:
    'For each topic and partition: the ranges that were written, whether they follow on each other without gap or overlap, what became ' +
    'of every message, whether the rows are as many as the ranges announced, and how far the log is ahead. keywatch verify ' +
    'looks deeper: each range by itself, identities, rollups.',
  topics: COVERED,
  asksLog: true,
  params,
  rows: { partition: row },
  shapeOf: () => 'partition',
  toSQL: ({ topic }, now, { log }) => proofOfPartitions(topic, now, log),
  order: () => [
    { column: 'topic', type: 'String' },
    { column: 'partition', type: 'UInt64' },
  ],
  range: () => ({}),
  summary: {
    initial: {
      rows: 0,
      messages: 0,
      events: 0,
      duplicates: 0,
      deadLetters: 0,
      openDeadLetters: 0,
      wrong: 0,
      lag: 0,
    },
    add: (sum, row) => ({
      rows: (sum['rows'] ?? 0) + 1,
      ...Object.fromEntries(
        ['messages', 'events', 'duplicates', 'deadLetters', 'openDeadLetters', 'lag'].map(
          (name) => [name, (sum[name] ?? 0) + Number(row[name] ?? 0)],
        ),
      ),
      wrong: (sum['wrong'] ?? 0) + Number(row['state'] === 'gaps'),
      unknown: (sum['unknown'] ?? 0) + Number(row['state'] === 'unknown'),
    }),
  },
  conclude({ summary, whole }) {
    const { rows = 0, wrong = 0, lag = 0, unknown = 0 } = summary;
    if (!whole) return null;
    if (rows === 0) return 'Nothing is stored and the log could not be asked: nothing is proved.';
    if (wrong > 0) {
      return `${wrong} of ${rows} partitions are not in order: run keywatch verify, which names the ranges.`;
    }
    if (unknown > 0) {
      return 'What is stored is in order; whether that is all can not be told, for the log could not be asked.';
    }
    return lag === 0
      ? 'Everything in the log is stored, every message is accounted for, and the rows are as many as announced.'
      : `What is stored is in order; ${lag.toLocaleString('en-US')} messages are still to come.`;
  },
});
