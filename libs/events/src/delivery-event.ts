import { z } from 'zod';
import { SEVERITIES } from './alert-event.js';
import type { LogMessage } from './decode.js';
import { CLOUDEVENTS_JSON, type OutgoingMessage } from './encode.js';
import { deadLetter, type Decoded } from './outcome.js';
import { compile, problemOf } from './validators.js';

export const DELIVERY_ATTEMPTED = 'keywatch.delivery.attempted.v1';
export const DELIVERY_OUTCOMES = ['sent', 'retry', 'gave-up'] as const;

/** One attempt to tell somebody of an alert through one channel. */
export const DELIVERY = z.strictObject({
  alertId: z.string().min(1).max(64).describe('Alert, or notice to an owner, that was told'),
  severity: z.enum(SEVERITIES).describe('Severity as it was told'),
  rule: z.string().max(64),
  tenantId: z.string().max(128),
  channel: z.string().min(1).max(64),
  target: z.string().max(512).describe('Where it went, without credentials'),
  attempt: z.int().min(1),
  outcome: z.enum(DELIVERY_OUTCOMES),
  status: z.int().describe('Answer of the other side (HTTP or SMTP code), 0 where there was none'),
  error: z.string().max(1024),
  at: z.iso.datetime({ offset: true }),
});
export type Delivery = z.output<typeof DELIVERY>;

export interface DeliveryEvent {
  /** Unique per attempt. */
  readonly id: string;
  readonly delivery: Delivery;
}

const validateDelivery = compile(DELIVERY);

/** Keyed by alert: the attempts for one alert stay in order. */
export function encodeDeliveryEvent(event: DeliveryEvent): OutgoingMessage {
  const { id, delivery } = event;
  return {
    key: delivery.alertId,
    value: JSON.stringify({
      specversion: '1.0',
      id,
      source: 'notify',
      type: DELIVERY_ATTEMPTED,
      subject: delivery.alertId,
      time: delivery.at,
      tenantid: delivery.tenantId,
      data: delivery,
    }),
    headers: { 'content-type': CLOUDEVENTS_JSON },
  };
}

/** Reads a message of the delivery-events topic. */
export function decodeDeliveryEvent(message: LogMessage): Decoded<DeliveryEvent> {
  if (message.value === null || message.value.length === 0)
    return deadLetter('empty', 'the message has no value');
  let json: unknown;
  try {
    json = JSON.parse(message.value.toString('utf8'));
  } catch {
    return deadLetter('not-json', 'the value is not JSON');
  }
  const { id, type, data } = (json ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || typeof type !== 'string') {
    return deadLetter('invalid-envelope', 'id and type must be text');
  }
  if (type !== DELIVERY_ATTEMPTED) return { kind: 'drop', reason: `type ${type.slice(0, 128)}` };
  if (!validateDelivery(data))
    return deadLetter('invalid-data', problemOf(validateDelivery, 'data'));
  return { kind: 'ok', event: { id, delivery: data } };
}
