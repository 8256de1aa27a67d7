import type { IHeaders, KafkaMessage, Message } from 'kafkajs';

/** One write to a changelog. */
export interface ChangelogRecord {
  readonly key: string;
  /** null: the key is gone (a tombstone). */
  readonly value: string | null;
  /** Source offset up to which everything about the key is in this state. The highest wins, not the last written. */
  readonly asOf: number;
  /**
   * Day (of log time, since 1970) on which the key was taken up though nobody had issued it; it counts against that
   * day's bound. undefined: it doesn't count, or its day is over.
   */
  readonly admitted: number | undefined;
}

const AS_OF = 'o';
const ADMITTED = 'd';

/** Keys that begin so are about the partition, not about a record; keys of records hold a lane first. */
export const META_PREFIX = '@';

export function encodeChangelogRecord(record: ChangelogRecord, partition: number): Message {
  return {
    key: record.key,
    value: record.value,
    partition,
    headers: {
      [AS_OF]: String(record.asOf),
      ...(record.admitted === undefined ? {} : { [ADMITTED]: String(record.admitted) }),
    },
  };
}

/** @returns undefined for a record that is not one of ours (no key, or no offset it stands for). */
export function decodeChangelogRecord(
  message: Pick<KafkaMessage, 'key' | 'value' | 'headers'>,
): ChangelogRecord | undefined {
  const { key, value, headers } = message;
  const asOf = wholeNumber(headers?.[AS_OF]);
  if (key === null || asOf === undefined) return undefined;
  return {
    key: key.toString(),
    value: value === null ? null : value.toString(),
    asOf,
    admitted: wholeNumber(headers?.[ADMITTED]),
  };
}

function wholeNumber(header: IHeaders[string]): number | undefined {
  if (header === undefined) return undefined;
  const value = Number(header.toString());
  return Number.isSafeInteger(value) ? value : undefined;
}
