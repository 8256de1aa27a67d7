import { filedTime, REQUEST_MADE, type KeyEvent, type RequestMade } from '@keywatch/events';
import { writeEmptyColumns, writeEmptyRequest } from './empty-columns.js';
import { writePosition, type Position } from './position.js';
import { type RowBytes, rowOf } from './row-bytes.js';
import { storedJson } from './stored-values.js';

const TIME_FLAG = { event: 0, missing: 1, 'out-of-range': 2 } as const;

/** One row of `key_event_intake`. See `writeKeyEventRow`. */
export function keyEventRow(
  event: KeyEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
): Buffer {
  return rowOf((out) => {
    writeKeyEventRow(out, event, position, identity, crc, kind);
  });
}

/**
 * Writes one row of `key_event_intake`, columns in the order of the table.
 * @param identity 32 hex digits, from `identityOf`
 * @param crc CRC-32 of the message value
 */
export function writeKeyEventRow(
  out: RowBytes,
  event: KeyEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
): void {
  writePosition(out, kind, position, identity, crc);
  // A duplicate is stored by position and identity only; its other columns reach no table.
  if (kind === 'duplicate') {
    writeEmptyColumns(out, 'key_event_intake', { timeMs: position.logTimeMs });
    return;
  }
  const filed = filedTime(event.timeMs, position.logTimeMs);
  out.text(event.tenantId);
  out.text(event.lane);
  out.text(event.source);
  out.text(event.id);
  out.text(event.type);
  out.text(event.keyId);
  out.text(event.timeText);
  out.time(filed.ms);
  out.uint8(TIME_FLAG[filed.flag]);
  if (event.type === REQUEST_MADE) {
    writeRequest(out, event);
    return;
  }
  const { data, attributes, traceparent } = event;
  writeEmptyRequest(out);
  out.text(traceparent);
  out.text(storedJson(attributes === undefined ? data : { ...attributes, ...data }));
}

/** From environment to data. Missing values are empty or 0, which the columns' comments call unknown. */
function writeRequest(out: RowBytes, { data, traceparent, attributes }: RequestMade): void {
  out.text(data.environment);
  out.text(data.sourceIp);
  out.text(data.userAgent);
  out.text(data.method);
  out.text(data.endpoint);
  out.uint16(data.status ?? 0);
  out.float32(data.latencyMs ?? 0);
  out.uint64(data.bytesOut ?? 0);
  out.text(data.region);
  out.text(data.outcome);
  out.text(data.requestId);
  out.uint32(data.secretVersion ?? 0);
  out.text(traceparent);
  out.text(attributes === undefined ? '' : storedJson(attributes));
}
