import { describe, expect, it } from '@jest/globals';
import { decodeAlertEvent, encodeAlertEvent } from '@keywatch/events';
import { ms } from '../spec-kit/index.js';
import { alertsOfRow } from '../sweep.js';
import { unknownKey } from './unknown-key.sweep.js';

const asOfMs = ms('2026-03-20T00:00Z');
const settings = unknownKey.settings.parse({});
const ROW = {
  tenant_id: 'acme',
  lane: 'live',
  subject: '192.0.2.7',
  is_network: 0,
  window: '2026-03-19',
  tries: 8,
  from_ms: ms('2026-03-19T10:02:03Z'),
  last_ms: ms('2026-03-19T10:08:00Z'),
  requests: 9,
  key_count: 7,
  address_count: 1,
  addresses: ['192.0.2.7'],
  agents: ['curl/8.5.0'],
};
const eventOf = (over: object = {}) => {
  const [event] = alertsOfRow(unknownKey, { ...ROW, ...over }, settings, { asOfMs });
  if (event === undefined) throw new Error('no alert');
  return event;
};

describe('unknown-key tells', () => {
  it('the address, how many requests with how many keys, and the rows of that window', () => {
    const { alert } = eventOf();
    expect(alert).toMatchObject({
      severity: 'medium',
      keyId: '192.0.2.7',
      window: '2026-03-19',
      occurredAt: '2026-03-19T10:08:00.000Z',
      sentence:
        '9 requests with 7 keys that nobody issued came from 192.0.2.7 within the 10 minutes from 2026-03-19 10:02:03 UTC. ' +
        'Block whoever guesses, and look whether a key of yours was found.',
      evidence: { facts: { address: '192.0.2.7', tries: 8, requests: 9, keyCount: 7 } },
    });
    expect(alert.evidence.query).toContain("source_address = toIPv6('192.0.2.7')");
    expect(alert.evidence.query).toContain("startsWith(key_id, 'unknown:')");
    expect(alert.evidence.query).toContain("time <= '2026-03-19 10:12:02.999'");
    expect(alert.evidence.query).not.toContain('key_id =');
  });

  it('a network with its addresses, and that one key is most likely a wrong setting', () => {
    const { alert } = eventOf({
      subject: '192.0.2.0/24',
      is_network: 1,
      key_count: 1,
      address_count: 4,
    });
    expect(alert.sentence).toContain('with 1 key that nobody issued came from 4 addresses of the');
    expect(alert.sentence).toContain('a client that is set up wrongly');
    expect(alert.evidence.facts).toMatchObject({ network: '192.0.2.0/24', addressCount: 4 });
    expect(alert.evidence.query).toContain('source_address BETWEEN');
  });

  it('the same alert event for the same subject and day, and one the contract accepts', () => {
    const event = eventOf();
    expect(eventOf({ tries: 20, requests: 21, from_ms: ROW.from_ms + 5 }).id).toBe(event.id);
    expect(eventOf({ subject: '192.0.2.0/24', is_network: 1 }).id).not.toBe(event.id);
    const { value } = encodeAlertEvent(event);
    expect(decodeAlertEvent({ value: Buffer.from(value) })).toEqual({ kind: 'ok', event });
  });
});

describe('the query of unknown-key', () => {
  it('gives every value as a parameter, and no parameter without a value', () => {
    const { query, params } = unknownKey.sql(settings, { asOfMs });
    const named = [...query.matchAll(/\{(\w+):[\w()]+\}/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(Object.keys(params).sort());
    expect(params).toEqual({
      addressTries: 5,
      networkTries: 20,
      windowMs: 600_000,
      forgiveMs: 600_000,
      gateways: [],
      asOfMs,
      sinceMs: asOfMs - 7 * 86_400_000,
      maxFindings: 1000,
    });
    expect(unknownKey.sql(settings, { asOfMs, sinceMs: 7 }).params).toMatchObject({ sinceMs: 7 });
    expect(query).not.toMatch(/\b(now|now64|today|yesterday)\s*\(/);
  });
});
