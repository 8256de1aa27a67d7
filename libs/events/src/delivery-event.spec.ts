import { describe, expect, it } from '@jest/globals';
import { decodeDeliveryEvent, encodeDeliveryEvent, type DeliveryEvent } from './delivery-event.js';

const attempt: DeliveryEvent = {
  id: 'a1:webhook:1',
  delivery: {
    alertId: 'a1',
    rule: 'stale-key',
    severity: 'high',
    tenantId: 'acme',
    channel: 'webhook',
    target: 'https://hooks.example.com/x',
    attempt: 1,
    outcome: 'retry',
    status: 503,
    error: 'answered 503',
    at: '2026-03-01T10:00:00.000Z',
  },
};

describe('delivery events', () => {
  it('come back as they were told, keyed by alert', () => {
    const message = encodeDeliveryEvent(attempt);
    expect(message.key).toBe('a1');
    expect(decodeDeliveryEvent({ value: Buffer.from(message.value) })).toEqual({
      kind: 'ok',
      event: attempt,
    });
  });

  it.each([
    ['empty', ''],
    ['not-json', '{'],
    ['invalid-envelope', 'null'],
    ['invalid-data', encodeDeliveryEvent(attempt).value.replace('"retry"', '"maybe"')],
  ])('can be dead letters: %s', (reason, value) => {
    expect(decodeDeliveryEvent({ value: Buffer.from(value) })).toMatchObject({
      kind: 'dead-letter',
      reason,
    });
  });
});
