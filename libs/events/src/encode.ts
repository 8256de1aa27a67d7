import type { KeyEventType, KeyEventData } from './key-event.js';

/** A key event as a producer gives it: CloudEvents attributes and our extensions by name. */
export interface OutgoingKeyEvent<T extends KeyEventType = KeyEventType> {
  readonly id: string;
  readonly source: string;
  readonly type: T;
  readonly subject: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly tenantid?: string;
  readonly lane?: string;
  readonly data: KeyEventData<T>;
}

export const CLOUDEVENTS_JSON = 'application/cloudevents+json; charset=UTF-8';

/** A message ready for a producer; the key puts all events of one key into one partition, in order. */
export interface OutgoingMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Record<string, string>;
}

/** CloudEvents structured mode: one JSON value, readable with any tool. */
export function encodeKeyEvent(event: OutgoingKeyEvent): OutgoingMessage {
  return {
    key: event.subject,
    value: JSON.stringify({ specversion: '1.0', ...event }),
    headers: { 'content-type': CLOUDEVENTS_JSON },
  };
}
