import { filedTime, type DeliveryEvent } from '@keywatch/events';
import { emptyColumns } from './empty-columns.js';
import { int32, quote, timeColumn, UINT32_MAX } from './json-text.js';
import { positionColumns, type Position } from './position.js';

/** One row of `delivery_event_intake` as JSONCompactEachRow text, columns in the order of the table. */
export function deliveryEventRow(
  event: DeliveryEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
  messageKey: string = event.delivery.alertId,
): string {
  const start = positionColumns(kind, position, identity, crc);
  if (kind === 'duplicate') {
    return start + emptyColumns('delivery_event_intake', timeColumn(position.logTimeMs));
  }
  const { delivery } = event;
  return (
    `${start},${quote(messageKey)},${quote(event.id)},${quote(delivery.alertId)},${quote(delivery.rule)},"${delivery.severity}",${quote(delivery.tenantId)},` +
    `${quote(delivery.channel)},${quote(delivery.target)},${Math.min(delivery.attempt, UINT32_MAX)},"${delivery.outcome}",${int32(delivery.status)},` +
    `${quote(delivery.error)},${timeColumn(filedTime(Date.parse(delivery.at), position.logTimeMs).ms)},""]`
  );
}
