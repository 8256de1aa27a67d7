import { filedTime, REQUEST_MADE, type KeyEvent, type RequestMade } from '@keywatch/events';
import { emptyColumns } from './empty-columns.js';
import { jsonColumn, quote, timeColumn } from './json-text.js';
import { positionColumns, type Position } from './position.js';

const TIME_FLAG = { event: 0, missing: 1, 'out-of-range': 2 } as const;

/**
 * One row of `key_event_intake` as JSONCompactEachRow text, columns in the order of the table. Hand-written: building
 * an array for JSON.stringify costs about twice as much, and this runs for every message.
 * @param identity 32 hex digits, from `identityOf`
 * @param crc CRC-32 of the message value
 */
export function keyEventRow(
  event: KeyEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
): string {
  const start = positionColumns(kind, position, identity, crc);
  // A duplicate is stored by position and identity only; its other columns reach no table.
  if (kind === 'duplicate') {
    return start + emptyColumns('key_event_intake', timeColumn(position.logTimeMs));
  }
  const filed = filedTime(event.timeMs, position.logTimeMs);
  return (
    `${start},${quote(event.tenantId)},${quote(event.lane)},${quote(event.source)},${quote(event.id)},"${event.type}",` +
    `${quote(event.keyId)},${quote(event.timeText)},${timeColumn(filed.ms)},${TIME_FLAG[filed.flag]},` +
    (event.type === REQUEST_MADE
      ? requestColumns(event)
      : `"","","","","",0,0,0,"","","",0,${quote(event.traceparent)},${jsonColumn(event.attributes === undefined ? event.data : { ...event.attributes, ...event.data })}]`)
  );
}

/** From environment to data. Missing values are empty or 0, which the columns' comments call unknown. */
function requestColumns(event: RequestMade): string {
  const { data } = event;
  return (
    `${quote(data.environment)},${quote(data.sourceIp)},${quote(data.userAgent)},${quote(data.method)},${quote(data.endpoint)},` +
    `${data.status ?? 0},${data.latencyMs ?? 0},${data.bytesOut ?? 0},${quote(data.region)},"${data.outcome ?? ''}",` +
    `${quote(data.requestId)},${data.secretVersion ?? 0},${quote(event.traceparent)},` +
    `${event.attributes === undefined ? '""' : jsonColumn(event.attributes)}]`
  );
}
