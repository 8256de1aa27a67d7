import { describe, expect, it } from '@jest/globals';
import {
  ALERT_ACTIONS,
  decodeAlertEvent,
  decodeAlertLogEvent,
  encodeAlertAction,
  encodeSilenceEvent,
  silenceProblems,
  tenantOfAlertLogEvent,
  type AlertActionEvent,
  type OutgoingMessage,
  type Silence,
  type SilenceEvent,
} from './index.js';

const action: AlertActionEvent = {
  id: 'act-1',
  source: 'api',
  action: 'acknowledged',
  data: {
    alertId: 'a'.repeat(32),
    fingerprint: 'b'.repeat(32),
    rule: 'stale-key',
    tenantId: 'acme',
    lane: 'live',
    keyId: 'key_42',
    severity: 'medium',
    by: 'ann',
    at: '2026-03-01T10:00:00.000Z',
    why: 'known, rotated on Monday',
  },
};
const silence: Silence = {
  silenceId: 'c'.repeat(32),
  matchers: { rule: 'stale-key', severityAtMost: 'medium' },
  startsAt: '2026-03-01T10:00:00.000Z',
  endsAt: '2026-03-08T10:00:00.000Z',
  by: 'ann',
  at: '2026-03-01T10:00:00.000Z',
  why: 'migration week',
};
const created: SilenceEvent = { id: 's-1', source: 'api', kind: 'created', data: silence };
const ended: SilenceEvent = {
  id: 's-2',
  source: 'api',
  kind: 'ended',
  data: { silenceId: silence.silenceId, by: 'bob', at: '2026-03-02T10:00:00Z', why: 'over' },
};
const read = ({ value }: OutgoingMessage) => decodeAlertLogEvent({ value: Buffer.from(value) });
const changed = (message: OutgoingMessage, data: object) => {
  const envelope = JSON.parse(message.value) as { data: object };
  const value = JSON.stringify({ ...envelope, data: { ...envelope.data, ...data } });
  return decodeAlertLogEvent({ value: Buffer.from(value) });
};

describe('what people do about alerts', () => {
  it.each(ALERT_ACTIONS)('%s comes back as it was done, keyed as the alert is', (name) => {
    const done = { ...action, action: name };
    expect(read(encodeAlertAction(done))).toEqual({
      kind: 'ok',
      event: { kind: 'action', event: done },
    });
    expect(encodeAlertAction(done).key).toBe(action.data.fingerprint);
  });

  it.each([created, ended])('a silence that is $kind comes back, keyed by its id', (event) => {
    expect(read(encodeSilenceEvent(event))).toEqual({
      kind: 'ok',
      event: { kind: 'silence', event },
    });
    expect(encodeSilenceEvent(event).key).toBe(silence.silenceId);
  });

  it('is dropped by readers of tellings, and of a later type by every reader', () => {
    for (const { value } of [encodeAlertAction(action), encodeSilenceEvent(created)]) {
      expect(decodeAlertEvent({ value: Buffer.from(value) })).toMatchObject({ kind: 'drop' });
    }
    const later = encodeAlertAction(action).value.replace('alert.acknowledged', 'alert.snoozed');
    expect(decodeAlertLogEvent({ value: Buffer.from(later) })).toMatchObject({ kind: 'drop' });
  });

  it.each([
    ['nobody did it', { by: '' }],
    ['there is no reason', { why: '' }],
    ['the reason is a book', { why: 'x'.repeat(2001) }],
    ['it has a member of its own', { more: 1 }],
    ['its time is none', { at: 'yesterday' }],
    ['its alert is none', { alertId: 'a' }],
  ])('is a dead letter where %s', (_, data) => {
    expect(changed(encodeAlertAction(action), data)).toMatchObject({
      kind: 'dead-letter',
      reason: 'invalid-data',
    });
  });

  it.each([
    ['nothing narrows it', { matchers: { severityAtMost: 'low' } }, /names a rule/],
    ['it ends before it starts', { endsAt: '2026-02-01T00:00:00Z' }, /ends after it starts/],
    ['it lasts too long', { endsAt: '2026-05-30T10:00:00.001Z' }, /90 days at most/],
    ['it never ends', { endsAt: undefined }, /endsAt/],
    ['it has no reason', { why: '' }, /why/],
  ])('a silence is a dead letter where %s', (_, data, error) => {
    expect(changed(encodeSilenceEvent(created), data)).toMatchObject({
      kind: 'dead-letter',
      error: expect.stringMatching(error),
    });
  });

  it('a silence may last exactly as long as it may', () => {
    expect(silenceProblems({ ...silence, endsAt: '2026-05-30T10:00:00.000Z' })).toEqual([]);
  });

  it.each([
    ['empty', null],
    ['not-json', Buffer.from('{')],
    ['invalid-data', Buffer.from(encodeSilenceEvent(ended).value.replace('bob', ''))],
  ])('can be dead letters: %s', (reason, value) => {
    expect(decodeAlertLogEvent({ value })).toMatchObject({ kind: 'dead-letter', reason });
  });

  it('belongs to a tenant, but for a silence that covers several', () => {
    const of = (event: SilenceEvent) => tenantOfAlertLogEvent({ kind: 'silence', event });
    expect(tenantOfAlertLogEvent({ kind: 'action', event: action })).toBe('acme');
    expect([of(created), of(ended)]).toEqual(['', '']);
    const matchers = { tenantId: 'acme' };
    expect(of({ ...created, data: { ...silence, matchers } })).toBe('acme');
  });
});
