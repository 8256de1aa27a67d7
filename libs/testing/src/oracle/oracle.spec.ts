import { describe, expect, it } from '@jest/globals';
import { encodeKeyEvent, type OutgoingKeyEvent, type OutgoingMessage } from '@keywatch/events';
import { expectedOf } from './oracle.js';

let count = 0;
function event(
  what: string,
  time: string,
  data: Record<string, unknown> = {},
  more: Partial<OutgoingKeyEvent> = {},
): OutgoingMessage {
  return encodeKeyEvent({
    id: `e${count++}`,
    source: '/spec',
    type: `keywatch.key.${what}.v1` as OutgoingKeyEvent['type'],
    subject: 'k',
    time,
    ...more,
    data,
  });
}
const use = (time: string, environment: string, status = 200): OutgoingMessage =>
  event('request-made', time, { environment, status });
const days = (...messages: OutgoingMessage[]): string[] => [
  ...expectedOf(messages).environmentDays,
];

describe('the oracle', () => {
  it('counts each identity once, however often it was sent', () => {
    const sent = use('2026-03-01T08:00:00Z', 'prod');
    const other = event('request-made', '2026-03-01T08:00:00Z', {}, { id: 'x', tenantid: 't' });
    const { identities, usage } = expectedOf([sent, other, sent, { value: 'junk' }]);
    expect([...identities]).toEqual([expect.stringMatching(/^default\|\/spec\|e/), 't|/spec|x']);
    expect([...usage.values()]).toEqual([
      { requests: 1, errors: 0 },
      { requests: 1, errors: 0 },
    ]);
  });

  it('sums requests and errors by hour', () => {
    const { usage } = expectedOf([
      use('2026-03-01T08:00:00.000Z', 'prod', 500),
      use('2026-03-01T08:59:59.999Z', 'prod', 399),
      use('2026-03-01T09:00:00.000Z', 'prod', 400),
    ]);
    const at = (hour: number): string => `live|default|k|${Date.UTC(2026, 2, 1, hour)}`;
    expect(Object.fromEntries(usage)).toEqual({
      [at(8)]: { requests: 2, errors: 1 },
      [at(9)]: { requests: 1, errors: 1 },
    });
  });

  it('knows the state of a key', () => {
    const { keys } = expectedOf([
      event('created', '2026-03-01T00:00:00Z'),
      use('2026-03-01T01:00:00Z', 'prod'),
      event('rotated', '2026-03-02T00:00:00Z'),
      event('rotated', '2026-03-03T00:00:00Z'),
      event('revoked', '2026-03-04T00:00:00Z'),
    ]);
    expect(keys.get('default|k')).toEqual({
      createdAt: Date.UTC(2026, 2, 1),
      lastRotatedAt: Date.UTC(2026, 2, 3),
      revokedAt: Date.UTC(2026, 2, 4),
      rotations: 2,
      requests: 1,
      firstUsed: Date.UTC(2026, 2, 1, 1),
      lastUsed: Date.UTC(2026, 2, 1, 1),
    });
  });

  it('names the day of a use within 24 hours after one elsewhere', () => {
    const first = use('2026-03-01T12:00:00Z', 'prod');
    expect(days(first, use('2026-03-02T12:00:00Z', 'dev'))).toEqual(['live|default|k|2026-03-02']);
    expect(days(first, use('2026-03-02T12:00:01Z', 'dev'))).toEqual([]);
    expect(days(first, use('2026-03-01T23:59:00Z', 'dev'))).toEqual(['live|default|k|2026-03-01']);
    expect(days(first, use('2026-03-01T23:59:00Z', 'prod'))).toEqual([]);
    expect(days(first, use('2026-03-01T23:59:00Z', ' '))).toEqual([]);
  });

  it('lets a key be used where it is allowed', () => {
    const created = event('created', '2026-03-01T00:00:00Z', {
      environment: 'prod',
      allowedEnvironments: ['dev'],
    });
    const uses = [use('2026-03-01T12:00:00Z', 'prod'), use('2026-03-01T13:00:00Z', 'dev')];
    expect(days(created, ...uses)).toEqual([]);
    expect(days(created, ...uses, use('2026-03-01T14:00:00Z', 'test'))).toHaveLength(1);
  });

  it('refuses what it can say nothing about', () => {
    const [late, early] = [use('2026-03-02T00:00:00Z', 'a'), use('2026-03-01T00:00:00Z', 'a')];
    expect(() => expectedOf([late, early])).toThrow('comes out of order');
    expect(() => expectedOf([use('2009-03-01T00:00:00Z', 'a')])).toThrow("can't file");
    expect(() => expectedOf([use('2999-03-01T00:00:00Z', 'a')])).toThrow("can't file");
    expect(() => expectedOf([{ value: '{"id":"no-time"}' }])).toThrow("can't file");
  });
});
