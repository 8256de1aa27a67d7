import type { ClickHouse } from '../client.js';
import { ReportRunner, type ReadOptions } from '../report-runner.js';

/** open: nobody has done anything about it. */
export type DeadLetterState = 'open' | 'replayed' | 'discarded';

/** A dead letter's place in the log. */
export interface DeadLetterId {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A message that can't be an event, as it is stored. Times in ms since 1970. */
export interface StoredDeadLetter extends DeadLetterId {
  readonly logTimeMs: number;
  readonly reason: string;
  readonly error: string;
  /** Redacted. */
  readonly messageKey: string;
  /** Its start, redacted. */
  readonly payload: string;
  readonly payloadBytes: number;
  readonly state: DeadLetterState;
  /** 0 while it is open. */
  readonly handledAtMs: number;
  readonly note: string;
}

export interface DeadLetterFilter {
  readonly topic?: string;
  readonly reason?: string;
  /** Arrived at this time or later, and before that; ms since 1970. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly ids?: readonly DeadLetterId[];
  /** Only those that nobody has done anything about. */
  readonly open?: boolean;
}

/** Dead letters by topic, partition and offset; streamed. */
export async function* deadLetters(
  clickhouse: ClickHouse,
  filter: DeadLetterFilter,
  options: ReadOptions = {},
): AsyncGenerator<StoredDeadLetter> {
  const { where, params } = whereOf(filter);
  yield* new ReportRunner(clickhouse).stream<StoredDeadLetter>(
    `SELECT topic, partition, offset, toUnixTimestamp64Milli(log_time) AS logTimeMs, reason, error,
      message_key AS messageKey, payload, payload_bytes AS payloadBytes, state,
      toUnixTimestamp64Milli(handled_at) AS handledAtMs, note
    FROM {{database}}.dead_letter_states
    WHERE ${where}
    ORDER BY topic, partition, offset, log_time`,
    params,
    options,
  );
}

export interface DeadLetterCount {
  readonly topic: string;
  readonly reason: string;
  readonly state: DeadLetterState;
  readonly count: number;
}

/** How many there are of each topic, reason and state. */
export async function deadLetterCounts(
  clickhouse: ClickHouse,
  filter: DeadLetterFilter = {},
  options: ReadOptions = {},
): Promise<DeadLetterCount[]> {
  const { where, params } = whereOf(filter);
  return new ReportRunner(clickhouse).query<DeadLetterCount>(
    `SELECT topic, reason, state, count() AS count
    FROM {{database}}.dead_letter_states
    WHERE ${where}
    GROUP BY topic, reason, state
    ORDER BY count DESC, topic, reason, state`,
    params,
    options,
  );
}

function whereOf(filter: DeadLetterFilter): {
  readonly where: string;
  readonly params: Record<string, unknown>;
} {
  const { topic, reason, fromMs, toMs, ids, open } = filter;
  const conditions = [
    ...(topic === undefined ? [] : ['topic = {topic:String}']),
    ...(reason === undefined ? [] : ['reason = {reason:String}']),
    ...(fromMs === undefined ? [] : ['log_time >= fromUnixTimestamp64Milli({from:Int64})']),
    ...(toMs === undefined ? [] : ['log_time < fromUnixTimestamp64Milli({to:Int64})']),
    ...(ids === undefined
      ? []
      : [
          "has({ids:Array(String)}, concat(topic, '/', toString(partition), '/', toString(offset)))",
        ]),
    ...(open === true ? ["state = 'open'"] : []),
  ];
  const params: Record<string, unknown> = {
    ...(topic === undefined ? {} : { topic }),
    ...(reason === undefined ? {} : { reason }),
    ...(fromMs === undefined ? {} : { from: fromMs }),
    ...(toMs === undefined ? {} : { to: toMs }),
    ...(ids === undefined ? {} : { ids: ids.map(deadLetterName) }),
  };
  return { where: conditions.length === 0 ? '1' : conditions.join(' AND '), params };
}

/** `topic/partition/offset` */
export function deadLetterName({ topic, partition, offset }: DeadLetterId): string {
  return `${topic}/${partition}/${offset}`;
}

export interface DeadLetterAction {
  readonly letter: DeadLetterId & { readonly logTimeMs: number };
  readonly action: Exclude<DeadLetterState, 'open'>;
  readonly note: string;
  /** How often the message has been replayed with this; 0: discarded. */
  readonly replays: number;
}

/** Records what was done about dead letters, all at the same time; the same call twice is stored once. */
export async function recordDeadLetterActions(
  { client, database }: ClickHouse,
  actions: readonly DeadLetterAction[],
  atMs: number,
): Promise<void> {
  const [first] = actions;
  if (first === undefined) return;
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  await client.insert({
    table: `${database}.dead_letter_actions`,
    columns: ['topic', 'partition', 'offset', 'log_time', 'action', 'at', 'note', 'replays'],
    values: actions.map(({ letter, action, note, replays }) => [
      letter.topic,
      letter.partition,
      letter.offset,
      seconds(letter.logTimeMs),
      action,
      seconds(atMs),
      note,
      replays,
    ]),
    format: 'JSONCompactEachRow',
    clickhouse_settings: {
      async_insert: 0,
      date_time_input_format: 'basic',
      insert_deduplication_token: `${first.action}/${deadLetterName(first.letter)}/${actions.length}@${atMs}`,
    },
  });
}
