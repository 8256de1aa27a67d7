import {
  alertLogRow,
  deliveryEventRow,
  writeKeyEventRow,
  type Intake,
  type Position,
  type RowBytes,
} from '@keywatch/clickhouse';
import {
  decodeAlertLogEvent,
  decodeDeliveryEvent,
  decodeKeyEvent,
  identityOf,
  tenantOfAlertLogEvent,
  TOPICS,
  type AlertLogEvent,
  type Decoded,
  type DeliveryEvent,
  type KeyEvent,
  type LogMessage,
} from '@keywatch/events';

/** How the messages of one topic become rows of its intake. Pure: the same message gives the same row. */
export interface TopicRows<E> {
  readonly topic: string;
  readonly intake: Intake;
  /** Part of the memory for identities that this topic's partitions share. */
  readonly memoryShare: number;
  decode(message: LogMessage): Decoded<E>;
  /** 32 hex digits. */
  identity(event: E): string;
  write(
    out: RowBytes,
    event: E,
    position: Position,
    identity: string,
    crc: number,
    kind: 'event' | 'duplicate',
    messageKey: Buffer | null,
  ): void;
}

export const KEY_EVENT_ROWS: TopicRows<KeyEvent> = {
  topic: TOPICS.keyEvents.name,
  intake: 'key_event_intake',
  memoryShare: 14 / 16,
  decode: decodeKeyEvent,
  identity: ({ tenantId, source, id }) => identityOf(tenantId, source, id),
  // The key of these messages is the key id, which is a column already.
  write: writeKeyEventRow,
};

export const ALERT_EVENT_ROWS: TopicRows<AlertLogEvent> = {
  topic: TOPICS.alertEvents.name,
  intake: 'alert_event_intake',
  memoryShare: 1 / 16,
  decode: decodeAlertLogEvent,
  identity: (event) => identityOf(tenantOfAlertLogEvent(event), event.event.source, event.event.id),
  write: (out, event, position, identity, crc, kind, key) => {
    out.push(alertLogRow(event, position, identity, crc, kind, key?.toString()));
  },
};

export const DELIVERY_EVENT_ROWS: TopicRows<DeliveryEvent> = {
  topic: TOPICS.deliveryEvents.name,
  intake: 'delivery_event_intake',
  memoryShare: 1 / 16,
  decode: decodeDeliveryEvent,
  identity: ({ delivery, id }) => identityOf(delivery.tenantId, DELIVERY_SOURCE, id),
  write: (out, event, position, identity, crc, kind, key) => {
    out.push(deliveryEventRow(event, position, identity, crc, kind, key?.toString()));
  },
};
/** The source of every delivery event, as `encodeDeliveryEvent` writes it. */
const DELIVERY_SOURCE = 'notify';
