import { encodeKeyEvent, type OutgoingKeyEvent } from '@keywatch/events';
import type { KafkaMessage } from '@keywatch/kafka';

export interface LogMessageOptions {
  readonly offset: number;
  readonly keyId?: string;
  readonly type?: OutgoingKeyEvent['type'];
  /** Default: a second per offset. */
  readonly logTimeMs?: number;
  readonly lane?: string;
  readonly data?: OutgoingKeyEvent['data'];
}

/** A key event as a log hands it out; a request unless told otherwise. For specs. */
export function aLogMessage(options: LogMessageOptions): KafkaMessage {
  const {
    offset,
    keyId = 'key_42',
    type = 'keywatch.key.request-made.v1',
    lane,
    data = {},
  } = options;
  const logTimeMs = options.logTimeMs ?? Date.UTC(2026, 2, 1) + offset * 1000;
  const { key, value } = encodeKeyEvent({
    id: `event-${offset}`,
    source: '/spec',
    type,
    subject: keyId,
    time: new Date(logTimeMs).toISOString(),
    ...(lane === undefined ? {} : { lane }),
    data,
  });
  return {
    key: Buffer.from(key),
    value: Buffer.from(value),
    offset: String(offset),
    timestamp: String(logTimeMs),
    attributes: 0,
    headers: {},
  };
}

/** A message that is no key event. */
export function aJunkMessage(offset: number, logTimeMs = Date.UTC(2026, 2, 1)): KafkaMessage {
  return {
    key: null,
    value: Buffer.from('junk'),
    offset: String(offset),
    timestamp: String(logTimeMs),
    attributes: 0,
    headers: {},
  };
}
