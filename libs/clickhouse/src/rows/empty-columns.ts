import type { RowBytes } from './row-bytes.js';

/** The entrances for ranges: one per topic whose events are stored. */
export const INTAKES = ['key_event_intake', 'alert_event_intake', 'delivery_event_intake'] as const;
export type Intake = (typeof INTAKES)[number];

/** What a row that is no event may say after its position. */
export interface Spare {
  /** For the time columns, in ms since 1970. */
  readonly timeMs: number;
  /** The message key. */
  readonly key?: string;
  /** What the row's view reads. */
  readonly data?: string;
}

/** The columns after `body_crc` of a row that is no event. */
export function writeEmptyColumns(out: RowBytes, intake: Intake, spare: Spare): void {
  switch (intake) {
    case 'key_event_intake':
      writeEmptyKeyEvent(out, spare);
      return;
    case 'alert_event_intake':
      writeEmptyAlertEvent(out, spare);
      return;
    case 'delivery_event_intake':
      writeEmptyDelivery(out, spare);
      return;
  }
}

/** Names the columns that it leaves empty: so many texts in a row. */
export function writeEmptyTexts(out: RowBytes, ...columns: readonly string[]): void {
  for (let left = columns.length; left > 0; left -= 1) out.text();
}

function writeEmptyKeyEvent(out: RowBytes, { timeMs, key, data }: Spare): void {
  writeEmptyTexts(out, 'tenant_id', 'lane', 'source', 'event_id', 'type');
  out.text(key);
  writeEmptyTexts(out, 'time_text');
  out.time(timeMs);
  out.uint8(0);
  writeEmptyRequest(out);
  writeEmptyTexts(out, 'traceparent');
  out.text(data);
}

/** From environment to secret_version. */
export function writeEmptyRequest(out: RowBytes): void {
  writeEmptyTexts(out, 'environment', 'source_ip', 'user_agent', 'method', 'endpoint');
  out.uint16(0);
  out.float32(0);
  out.uint64(0);
  writeEmptyTexts(out, 'region', 'outcome', 'request_id');
  out.uint32(0);
}

/** The least of a severity; an enum has no empty value. */
const INFO = 1;

function writeEmptyAlertEvent(out: RowBytes, { timeMs, key, data }: Spare): void {
  out.text(key);
  writeEmptyTexts(out, 'event_id', 'alert_id', 'fingerprint', 'source', 'rule');
  out.uint32(0);
  out.uint8(INFO);
  writeEmptyTexts(out, 'tenant_id', 'lane', 'key_id', 'window', 'title', 'sentence');
  out.time(timeMs);
  out.time(timeMs);
  out.uint8(0);
  writeEmptyTexts(out, 'facts', 'first_event_id', 'last_event_id');
  writeEmptyTexts(out, 'owner_id', 'owner_email', 'owner_team');
  out.text(data);
  writeEmptyTexts(out, 'query', 'action', 'silence_id', 'actor', 'why');
  out.time(timeMs);
  out.time(timeMs);
  out.time(timeMs);
}

function writeEmptyDelivery(out: RowBytes, { timeMs, key, data }: Spare): void {
  out.text(key);
  writeEmptyTexts(out, 'event_id', 'alert_id', 'rule');
  out.uint8(INFO);
  writeEmptyTexts(out, 'tenant_id', 'channel', 'target');
  out.uint32(0);
  writeEmptyTexts(out, 'outcome');
  out.int32(0);
  writeEmptyTexts(out, 'error');
  out.time(timeMs);
  out.text(data);
}
