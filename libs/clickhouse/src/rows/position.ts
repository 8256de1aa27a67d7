import { timeColumn } from './json-text.js';
import type { RowBytes } from './row-bytes.js';

/** Where a message stands in the log. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** Kafka offset; as text it is taken digit by digit, so that none is too large. */
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
export function positionColumns(
  kind: RowKind,
  position: Position,
  identity: string,
  crc: number,
): string {
  const { topic, partition, offset, logTimeMs } = position;
  return `[${ROW_KINDS[kind]},${quotedTopic(topic)},${partition},${offset},${timeColumn(logTimeMs)},"${identity}",${crc}`;
}

/** The same columns, written. */
export function writePosition(
  row: RowBytes,
  kind: RowKind,
  { topic, partition, offset, logTimeMs }: Position,
  identity: string,
  crc: number,
): void {
  row.ascii(ROW_START[ROW_KINDS[kind]] ?? '');
  row.text(topic);
  row.number(partition);
  if (typeof offset === 'number') row.number(offset);
  else row.ascii(`,${offset}`);
  row.time(logTimeMs);
  row.text(identity);
  row.number(crc);
}
const ROW_START = [0, 1, 2, 3, 4, 5].map((kind) => `[${kind}`);

let lastTopic = '';
let lastQuoted = '""';
function quotedTopic(topic: string): string {
  if (topic !== lastTopic) {
    lastTopic = topic;
    lastQuoted = JSON.stringify(topic);
  }
  return lastQuoted;
}
