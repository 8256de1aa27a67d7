import { describe, expect, it } from '@jest/globals';
import { decodeAlertEvent, encodeAlertEvent } from '@keywatch/events';
import { ms } from '../spec-kit/index.js';
import { alertsOfRow } from '../sweep.js';
import { oneAddressManyKeys } from './one-address-many-keys.sweep.js';

const asOfMs = ms('2026-03-20T00:00Z');
const settings = oneAddressManyKeys.settings.parse({});
const ROW = {
  tenant_id: 'acme',
  lane: 'live',
  address: '2001:db8::7',
  window: '2026-03-19',
  key_count: 14,
  from_ms: ms('2026-03-19T10:02:03Z'),
  last_ms: ms('2026-03-19T10:08:00Z'),
  requests: 20,
  refused: 20,
  keys: ['ak_1', 'ak_2'],
  agents: ['curl/8.5.0'],
};
const eventOf = (over: object = {}) => {
  const [event] = alertsOfRow(oneAddressManyKeys, { ...ROW, ...over }, settings, { asOfMs });
  if (event === undefined) throw new Error('no alert');
  return event;
};

describe('one-address-many-keys tells', () => {
  it('the address, how many keys, how they were answered, and the rows of that window', () => {
    const { alert } = eventOf();
    expect(alert).toMatchObject({
      severity: 'high',
      keyId: '2001:db8::7',
      window: '2026-03-19',
      occurredAt: '2026-03-19T10:08:00.000Z',
      sentence:
        '14 keys came from 2001:db8::7 within the 10 minutes from 2026-03-19 10:02:03 UTC, in 20 requests of which all ' +
        'were refused. Find out who has so many keys: block the address and rotate the keys that were served, or name ' +
        'it as a gateway.',
    });
    expect(alert.evidence.query).toContain("source_address = toIPv6('2001:db8::7')");
    expect(alert.evidence.query).toContain("time <= '2026-03-19 10:12:02.999'");
    expect(alert.evidence.query).not.toContain('key_id =');
    expect(eventOf({ refused: 0 }).alert.sentence).toContain('of which none was refused');
    expect(eventOf({ refused: 3 }).alert.sentence).toContain('of which 3 were refused');
  });

  it('the same alert event for the same address and day, and one the contract accepts', () => {
    const event = eventOf();
    expect(eventOf({ key_count: 20, requests: 21, from_ms: ROW.from_ms + 5 }).id).toBe(event.id);
    expect(eventOf({ window: '2026-03-20' }).id).not.toBe(event.id);
    const { value } = encodeAlertEvent(event);
    expect(decodeAlertEvent({ value: Buffer.from(value) })).toEqual({ kind: 'ok', event });
  });
});

describe('the query of one-address-many-keys', () => {
  it('gives every value as a parameter, and no parameter without a value', () => {
    const { query, params } = oneAddressManyKeys.sql(settings, { asOfMs });
    const named = [...query.matchAll(/\{(\w+):[\w()]+\}/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(Object.keys(params).sort());
    expect(params).toEqual({
      keys: 10,
      windowMs: 600_000,
      gateways: [],
      asOfMs,
      sinceMs: asOfMs - 7 * 86_400_000,
      maxFindings: 1000,
    });
    expect(query).not.toMatch(/\b(now|now64|today|yesterday)\s*\(/);
  });

  it('looks at what is new since it looked last, and knows gateways by network', () => {
    const gateways = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '2001:db8::1'];
    const { params } = oneAddressManyKeys.sql(oneAddressManyKeys.settings.parse({ gateways }), {
      asOfMs,
      sinceMs: 7,
    });
    expect(params).toMatchObject({
      sinceMs: 7,
      gateways: ['::ffff:10.0.0.0/104', '::ffff:192.0.2.1/128', '2001:db8::/32', '2001:db8::1/128'],
    });
    expect(() => oneAddressManyKeys.settings.parse({ gateways: ['office'] })).toThrow(
      'must be an address or a network',
    );
  });
});
