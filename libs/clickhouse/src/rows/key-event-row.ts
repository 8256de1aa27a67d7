import { filedTime, REQUEST_MADE, type KeyEvent, type RequestMade } from '@keywatch/events';
import { emptyColumns } from './empty-columns.js';
import { jsonColumn, timeColumn } from './json-text.js';
import { writePosition, type Position } from './position.js';
import { RowBytes } from './row-bytes.js';

const TIME_FLAG = { event: 0, missing: 1, 'out-of-range': 2 } as const;

/** One row of `key_event_intake` as JSONCompactEachRow text, without the line feed. See `writeKeyEventRow`. */
export function keyEventRow(
  event: KeyEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
): string {
  const row = new RowBytes(0);
  writeKeyEventRow(row, event, position, identity, crc, kind);
  return row.bytes().toString('utf8').trimEnd();
}

/**
 * Writes one row of `key_event_intake` as JSONCompactEachRow, columns in the order of the table. By hand, as this runs
 * for every message: an array for JSON.stringify costs several times as much.
 * @param identity 32 hex digits, from `identityOf`
 * @param crc CRC-32 of the message value
 */
export function writeKeyEventRow(
  row: RowBytes,
  event: KeyEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
): void {
  writePosition(row, kind, position, identity, crc);
  // A duplicate is stored by position and identity only; its other columns reach no table.
  if (kind === 'duplicate') {
    row.push(emptyColumns('key_event_intake', timeColumn(position.logTimeMs)));
    return;
  }
  const filed = filedTime(event.timeMs, position.logTimeMs);
  row.text(event.tenantId);
  row.text(event.lane);
  row.text(event.source);
  row.text(event.id);
  row.text(event.type);
  row.text(event.keyId);
  row.text(event.timeText);
  row.time(filed.ms);
  row.number(TIME_FLAG[filed.flag]);
  if (event.type === REQUEST_MADE) {
    writeRequest(row, event);
    return;
  }
  const { data, attributes } = event;
  row.ascii(',"","","","","",0,0,0,"","","",0');
  row.text(event.traceparent);
  row.push(`,${jsonColumn(attributes === undefined ? data : { ...attributes, ...data })}]`);
}

/** From environment to data. Missing values are empty or 0, which the columns' comments call unknown. */
function writeRequest(row: RowBytes, { data, traceparent, attributes }: RequestMade): void {
  row.text(data.environment);
  row.text(data.sourceIp);
  row.text(data.userAgent);
  row.text(data.method);
  row.text(data.endpoint);
  row.number(data.status ?? 0);
  row.number(data.latencyMs ?? 0);
  row.number(data.bytesOut ?? 0);
  row.text(data.region);
  row.text(data.outcome);
  row.text(data.requestId);
  row.number(data.secretVersion ?? 0);
  row.text(traceparent);
  if (attributes === undefined) row.ascii(',""]\n');
  else row.push(`,${jsonColumn(attributes)}]`);
}
