import type { KafkaMessage } from 'kafkajs';

/** Consecutive positions of one partition, from `from` up to, not including, `to`: one insert. */
export interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  /** Offset after the last; control records between and behind the messages are covered. */
  readonly to: bigint;
  /** Messages in it. Offsets taken by control records are none. */
  readonly n: number;
  /** CRC-32 over values, headers and the arrival times of the first and last message. */
  readonly crc: number;
}

/** A range with its messages: all that its rows may depend on, besides the log behind it. */
export interface MessageRange extends Range {
  readonly messages: readonly KafkaMessage[];
  /** CRC-32 of each message's value, in the order of `messages`. */
  readonly bodyCrcs: Uint32Array;
}

/**
 * Deduplication token of a range: `topic/partition/from-to/n@crc`. Without the CRC the first ranges of a topic that was
 * deleted and created again would vanish silently: their positions are those of old rows.
 */
export function tokenOf({ topic, partition, from, to, n, crc }: Range): string {
  return `${topic}/${partition}/${from}-${to}/${n}@${crc.toString(36)}`;
}

/** A range in a sentence for people. */
export function nameOf({ topic, partition, from, to }: Omit<Range, 'n' | 'crc'>): string {
  return `${topic}/${partition} from ${from} to ${to}`;
}
