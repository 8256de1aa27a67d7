import { filedTime, type DeliveryEvent } from '@keywatch/events';
import { SEVERITY } from './alert-event-row.js';
import { writeEmptyColumns, writeEmptyTexts } from './empty-columns.js';
import { writePosition, type Position } from './position.js';
import { rowOf } from './row-bytes.js';
import { storableInt32, storableUInt32 } from './stored-values.js';

/** One row of `delivery_event_intake`, columns in the order of the table. */
export function deliveryEventRow(
  { id, delivery }: DeliveryEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
  messageKey: string = delivery.alertId,
): Buffer {
  return rowOf((out) => {
    writePosition(out, kind, position, identity, crc);
    if (kind === 'duplicate') {
      writeEmptyColumns(out, 'delivery_event_intake', { timeMs: position.logTimeMs });
      return;
    }
    out.text(messageKey);
    out.text(id);
    out.text(delivery.alertId);
    out.text(delivery.rule);
    out.uint8(SEVERITY[delivery.severity]);
    out.text(delivery.tenantId);
    out.text(delivery.channel);
    out.text(delivery.target);
    out.uint32(storableUInt32(delivery.attempt));
    out.text(delivery.outcome);
    out.int32(storableInt32(delivery.status));
    out.text(delivery.error);
    out.time(filedTime(Date.parse(delivery.at), position.logTimeMs).ms);
    writeEmptyTexts(out, 'data');
  });
}
