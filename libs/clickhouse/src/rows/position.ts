import type { RowBytes } from './row-bytes.js';

/** Where a message stands in the log. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** Kafka offset; as text or bigint none is too large. */
  readonly offset: number | bigint | string;
  /** Arrival time stamped by Kafka, in ms since 1970. */
  readonly logTimeMs: number;
}

/** What a row of an intake is; `dead-letter` and `range` rows have builders of their own. */
export const ROW_KINDS = { event: 1, duplicate: 2, 'dead-letter': 3, range: 4, action: 5 } as const;
export type RowKind = keyof typeof ROW_KINDS;

/** Identity of rows that are no events. */
export const NO_IDENTITY = '0'.repeat(32);

/** The columns all intakes begin with: kind, topic, partition, offset, log_time, identity, body_crc. */
export function writePosition(
  out: RowBytes,
  kind: RowKind,
  { topic, partition, offset, logTimeMs }: Position,
  identity: string,
  crc: number,
): void {
  out.uint8(ROW_KINDS[kind]);
  out.text(topic);
  out.uint32(partition);
  out.uint64(offset);
  out.time(logTimeMs);
  out.uuid(identity);
  out.uint32(crc);
}
