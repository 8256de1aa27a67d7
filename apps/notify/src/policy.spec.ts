import { describe, expect, it } from '@jest/globals';
import { aNotice, anAlert, anAlertEvent } from '@keywatch/testing';
import { severityOf, skipOf, Told } from './policy.js';

const HOUR = 3_600_000;
const detected = Date.parse(anAlert().detectedAt);

describe('skipOf', () => {
  it('tells a new alert, not the same again, and again when it became more severe', () => {
    const told = new Told();
    const medium = { kind: 'alert', event: anAlertEvent({ severity: 'medium' }) } as const;
    const high = { kind: 'alert', event: anAlertEvent({ severity: 'high' }) } as const;
    expect(skipOf(medium, told, detected, HOUR)).toBeUndefined();
    told.add(medium.event.alert.alertId, 'medium');
    expect(skipOf(medium, told, detected, HOUR)).toBe('already-told');
    expect(skipOf(high, told, detected, HOUR)).toBeUndefined();
    told.add(high.event.alert.alertId, 'high');
    expect(skipOf(medium, told, detected, HOUR)).toBe('already-told');
  });

  it('pages nobody for an import of old logs', () => {
    const event = anAlertEvent({ historical: true, lane: 'import-1' });
    expect(skipOf({ kind: 'alert', event }, new Told(), detected, HOUR)).toBe('historical');
  });

  it('tells up to the maximum age and not beyond', () => {
    const alert = { kind: 'alert', event: anAlertEvent() } as const;
    expect(skipOf(alert, new Told(), detected + HOUR, HOUR)).toBeUndefined();
    expect(skipOf(alert, new Told(), detected + HOUR + 1, HOUR)).toBe('too-old');
  });

  it('tells a notice as long as one of its alerts is worth it', () => {
    const notice = aNotice([anAlert({ historical: true }), anAlert({ severity: 'high' })]);
    expect(skipOf({ kind: 'owner-notice', notice }, new Told(), detected, HOUR)).toBeUndefined();
    expect(severityOf({ kind: 'owner-notice', notice })).toBe('high');
  });
});

describe('Told', () => {
  it('forgets the oldest beyond its capacity, and a repeat makes an id young again', () => {
    const told = new Told(2);
    told.add('a', 'low');
    told.add('b', 'low');
    told.add('a', 'low');
    told.add('c', 'low');
    expect([told.has('a', 'low'), told.has('b', 'low'), told.has('c', 'low')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
