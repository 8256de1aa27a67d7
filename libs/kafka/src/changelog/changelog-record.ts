import type { KafkaMessage, Message } from 'kafkajs';

/** One write to a changelog. */
export interface ChangelogRecord {
  readonly key: string;
  /** null: the key is gone (a tombstone). */
  readonly value: string | null;
  /** Source offset up to which everything about the key is in this state. The highest wins, not the last written. */
  readonly asOf: number;
  /** Counts against the bound on subjects that were never issued. */
  readonly bounded: boolean;
}

const AS_OF = 'o';
const BOUNDED = 'b';

/** Keys that begin so are about the partition, not about a record; keys of records hold a lane first. */
export const META_PREFIX = '@';

export function encodeChangelogRecord(record: ChangelogRecord, partition: number): Message {
  return {
    key: record.key,
    value: record.value,
    partition,
    headers: { [AS_OF]: String(record.asOf), ...(record.bounded ? { [BOUNDED]: '1' } : {}) },
  };
}

/** @returns undefined for a record that is not one of ours (no key, or no offset it stands for). */
export function decodeChangelogRecord(
  message: Pick<KafkaMessage, 'key' | 'value' | 'headers'>,
): ChangelogRecord | undefined {
  const { key, value, headers } = message;
  const asOf = headers?.[AS_OF];
  if (key === null || asOf === undefined) return undefined;
  const offset = Number(asOf.toString());
  if (!Number.isSafeInteger(offset)) return undefined;
  return {
    key: key.toString(),
    value: value === null ? null : value.toString(),
    asOf: offset,
    bounded: headers?.[BOUNDED] !== undefined,
  };
}
