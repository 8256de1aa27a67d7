import { describe, expect, it } from '@jest/globals';
import { decodeAlertEvent, encodeAlertEvent } from '@keywatch/events';
import fc from 'fast-check';
import { alertIdOf, fingerprintOf } from './alert-ids.js';
import type { Finding } from './finding.js';
import { toAlertEvent, type AlertContext } from './to-alert-event.js';

const finding: Finding = {
  window: '2026-03-01',
  severity: 'medium',
  occurredAtMs: Date.UTC(2026, 2, 1, 10),
  sentence: 'Key k was used in a and b.',
  facts: { environments: ['a', 'b'], count: 3, close: false, day: '2026-03-01' },
  firstEventId: 'e1',
  lastEventId: 'e2',
  revision: ['medium', 'a', 'b'],
  scope: { view: 'requests' },
};
const context: AlertContext = {
  source: 'detect',
  rule: { id: 'some-rule', version: 2, title: 'Some rule' },
  tenantId: 'acme',
  lane: 'live',
  keyId: 'k',
  detectedAtMs: Date.UTC(2026, 2, 1, 10, 0, 1),
};
const identity = { rule: 'r', lane: 'live', tenantId: 't', subject: 's', window: 'w' };

describe('ids of alerts', () => {
  it('never change: these are stored, and a replay must find them again', () => {
    expect(alertIdOf(identity)).toBe('eb5a2b4ac472a19818a71900b1430476');
    expect(fingerprintOf(identity)).toBe('b3bdbbc07ac796bf7275e28593e2afa8');
  });

  it('differ with every part, also where parts run into each other', () => {
    const part = fc.string({ maxLength: 3 });
    const parts = fc.record({
      rule: part,
      lane: part,
      tenantId: part,
      subject: part,
      window: part,
    });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(alertIdOf(a) === alertIdOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(alertIdOf({ ...identity, subject: 'ab', window: 'c' })).not.toBe(
      alertIdOf({ ...identity, subject: 'a', window: 'bc' }),
    );
  });

  it('group the alerts of one trouble over windows and lanes by fingerprint', () => {
    const tomorrow = toAlertEvent(
      { ...finding, window: '2026-03-02' },
      { ...context, lane: 'import' },
    );
    const today = toAlertEvent(finding, context);
    expect(tomorrow.alert.fingerprint).toBe(today.alert.fingerprint);
    expect(tomorrow.alert.alertId).not.toBe(today.alert.alertId);
  });
});

describe('toAlertEvent', () => {
  it('makes an alert that the contract accepts', () => {
    const event = toAlertEvent(finding, { ...context, owner: { id: 'ada', email: '', team: '' } });
    const { key, value, headers } = encodeAlertEvent(event);
    const decoded = decodeAlertEvent({ value: Buffer.from(value), headers });
    expect(decoded).toEqual({ kind: 'ok', event });
    expect(key).toBe(event.alert.fingerprint);
    expect(event.alert).toMatchObject({
      rule: 'some-rule',
      ruleVersion: 2,
      title: 'Some rule',
      occurredAt: '2026-03-01T10:00:00.000Z',
      detectedAt: '2026-03-01T10:00:01.000Z',
      historical: false,
      evidence: { firstEventId: 'e1', lastEventId: 'e2' },
      owner: { id: 'ada' },
    });
  });

  it('makes one that the contract accepts of texts without end, too', () => {
    const long = 'x'.repeat(5_000);
    const event = toAlertEvent(
      {
        ...finding,
        sentence: long,
        facts: { one: long, many: Array.from({ length: 500 }, () => long) },
        firstEventId: long,
        lastEventId: long,
      },
      { ...context, rule: { ...context.rule, title: long } },
    );
    const { value } = encodeAlertEvent(event);
    expect(decodeAlertEvent({ value: Buffer.from(value) })).toEqual({ kind: 'ok', event });
    expect(value.length).toBeLessThan(80_000);
    expect(event.alert.sentence).toHaveLength(2048);
    expect(event.alert.sentence.endsWith('…')).toBe(true);
  });

  it('is told once per state of the evidence', () => {
    const id = (change: Partial<Finding>) => toAlertEvent({ ...finding, ...change }, context).id;
    expect(id({ sentence: 'Other words.', facts: {}, lastEventId: 'e9' })).toBe(id({}));
    expect(id({ revision: ['high', 'a', 'b'] })).not.toBe(id({}));
    expect(id({})).toMatch(/^[0-9a-f]{32}:[0-9a-f]{16}$/);
  });

  it('marks what comes from an import as historical', () => {
    expect(toAlertEvent(finding, { ...context, lane: 'import-1' }).alert.historical).toBe(true);
  });

  it('takes another subject than the key into id and fingerprint', () => {
    const about = toAlertEvent({ ...finding, subject: '10.0.0.1' }, context).alert;
    expect(about.keyId).toBe('k');
    expect(about.fingerprint).toBe(
      fingerprintOf({ rule: 'some-rule', tenantId: 'acme', subject: '10.0.0.1' }),
    );
  });

  it('refuses a window that would be cut or is empty', () => {
    for (const window of ['', 'w'.repeat(129)]) {
      expect(() => toAlertEvent({ ...finding, window }, context)).toThrow(
        `some-rule: a window has 1 to 128 characters, not ${window.length}`,
      );
    }
  });
});
