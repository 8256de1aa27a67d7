import { setImmediate as nextTurn } from 'node:timers/promises';
import { deadLetterRow, rangeRow, RowBytes, type RangeCounts } from '@keywatch/clickhouse';
import type { DeadLetter, DeadLetterReason } from '@keywatch/events';
import { HoldPartition, type KafkaMessage, type MessageRange } from '@keywatch/kafka';
import type { FloodGuard } from '../flood/flood-guard.js';
import type { IdentitySet } from '../identity/identity-set.js';
import type { TopicRows } from './topic-rows.js';

/** A range ready to be inserted. */
export interface BuiltRange {
  readonly bytes: Buffer;
  readonly counts: RangeCounts;
  readonly deadLetters: ReadonlyMap<DeadLetterReason, number>;
}

/** Messages after which other work gets its turn: heartbeats, answers of other partitions. About 5 ms. */
const SLICE = 1_000;

/**
 * Decodes the messages of a range, drops those that stood in the log before, and makes the rows of one insert.
 * @param identities as it is before the range's first message
 * @param flood undefined: dead letters never stop the partition
 * @throws HoldPartition where dead letters come as a flood
 */
export async function buildRange<E>(
  { topic, partition, from, to, messages, bodyCrcs }: MessageRange,
  rows: TopicRows<E>,
  identities: IdentitySet,
  flood: FloodGuard | undefined,
  signal: AbortSignal,
): Promise<BuiltRange> {
  const out = new RowBytes(expectedBytes(messages));
  const letters = new Map<DeadLetterReason, number>();
  const counts = { events: 0, duplicates: 0, conflicts: 0, deadLetters: 0, dropped: 0 };
  const position = { topic, partition, offset: 0, logTimeMs: 0 };
  flood?.begin(Number(from));

  function take(message: KafkaMessage, crc: number): void {
    position.offset = Number(message.offset);
    position.logTimeMs = Number(message.timestamp);
    const decoded = rows.decode(message);
    const isLetter = decoded.kind === 'dead-letter';
    if (isLetter) {
      counts.deadLetters += 1;
      letters.set(decoded.reason, (letters.get(decoded.reason) ?? 0) + 1);
      out.push(deadLetterRow(rows.intake, decoded, position, message, crc));
    } else if (decoded.kind === 'drop') {
      counts.dropped += 1;
    } else {
      const identity = rows.identity(decoded.event);
      const standing = identities.add(identity, crc, position.offset, position.logTimeMs);
      const kind = standing === 'new' ? 'event' : 'duplicate';
      counts[standing === 'new' ? 'events' : 'duplicates'] += 1;
      if (standing === 'conflict') counts.conflicts += 1;
      rows.write(out, decoded.event, position, identity, crc, kind, message.key);
    }
    // Lines that an import told of are no sign that messages can't be read.
    const why = flood?.saw(isLetter && decoded.reason !== 'rejected-line');
    if (why !== undefined) throw floodAt(topic, partition, position.offset, why, decoded);
  }

  let index = 0;
  for (const message of messages) {
    take(message, bodyCrcs[index] ?? 0);
    index += 1;
    if (index % SLICE === 0) {
      await nextTurn();
      signal.throwIfAborted();
    }
  }
  flood?.end(Number(to));
  identities.reached(Number(to));
  const stored: RangeCounts = {
    messages: messages.length,
    ...counts,
    firstLogTimeMs: Number(messages[0]?.timestamp),
    lastLogTimeMs: Number(messages.at(-1)?.timestamp),
  };
  out.push(rangeRow(rows.intake, { topic, partition, from, to }, stored));
  return { bytes: out.bytes(), counts: stored, deadLetters: letters };
}

/** A row is about as long as its message: member names become columns, positions are added. */
function expectedBytes(messages: readonly KafkaMessage[]): number {
  let bytes = 0;
  for (const { value } of messages) bytes += (value?.length ?? 0) + 128;
  return bytes;
}

function floodAt(
  topic: string,
  partition: number,
  offset: number,
  why: string,
  letter: unknown,
): HoldPartition {
  const { reason, error } = letter as DeadLetter;
  return new HoldPartition(
    `${topic}/${partition} stops: up to offset ${offset} ${why} (the last: ${reason}, ${error}). Nothing of this range is written. If a deploy broke the reader or a producer, mend it and restart ingest; to store them as dead letters, restart it with KEYWATCH_INGEST_FLOOD=off.`,
  );
}
