import { describe, expect, it } from '@jest/globals';
import { decodeAlertEvent, encodeAlertEvent, type AlertEvent } from './alert-event.js';

const told: AlertEvent = {
  id: `${'a'.repeat(32)}:production+staging`,
  source: 'detect',
  alert: {
    alertId: 'a'.repeat(32),
    fingerprint: 'b'.repeat(32),
    rule: 'multi-environment-use',
    ruleVersion: 1,
    severity: 'high',
    tenantId: 'acme',
    lane: 'live',
    keyId: 'key_42',
    window: '2026-03-01',
    title: 'Key used in several environments',
    sentence: 'key_42 was used in production and staging.',
    occurredAt: '2026-03-01T10:00:00.000Z',
    detectedAt: '2026-03-01T10:00:01.000Z',
    historical: false,
    evidence: { facts: { environments: ['production', 'staging'], requests: 3 } },
  },
};
const messageOf = (event: AlertEvent): { value: Buffer } => ({
  value: Buffer.from(encodeAlertEvent(event).value),
});

describe('alert events', () => {
  it('come back as they were told, keyed by fingerprint', () => {
    expect(decodeAlertEvent(messageOf(told))).toEqual({ kind: 'ok', event: told });
    expect(encodeAlertEvent(told).key).toBe(told.alert.fingerprint);
  });

  it('of a later type are dropped, not dead letters', () => {
    const value = encodeAlertEvent(told).value.replace('alert.raised', 'alert.snoozed');
    expect(decodeAlertEvent({ value: Buffer.from(value) })).toMatchObject({ kind: 'drop' });
  });

  it.each([
    ['empty', null],
    ['not-json', Buffer.from('{')],
    ['not-a-cloudevent', Buffer.from('{}')],
    ['invalid-data', Buffer.from(encodeAlertEvent(told).value.replace('"high"', '"loud"'))],
  ])('can be dead letters: %s', (reason, value) => {
    expect(decodeAlertEvent({ value })).toMatchObject({ kind: 'dead-letter', reason });
  });
});
