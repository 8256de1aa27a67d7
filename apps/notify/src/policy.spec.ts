import { describe, expect, it } from '@jest/globals';
import type { Notification } from '@keywatch/channels';
import { encodeAlertAction, encodeSilenceEvent, type Alert } from '@keywatch/events';
import { aNotice, anAlert, anAlertAction, anAlertEvent, aSilence } from '@keywatch/testing';
import { AskedByPeople } from './people.js';
import { ageSkip, judge, severityOf } from './policy.js';
import { Told } from './told.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const detected = Date.parse(anAlert().detectedAt);
const iso = (ms: number): string => new Date(ms).toISOString();

const alertOf = (over: Partial<Alert> = {}): Notification => ({
  kind: 'alert',
  event: anAlertEvent(over),
});
const noticeOf = (...alerts: Alert[]): Notification => ({
  kind: 'owner-notice',
  notice: aNotice(alerts),
});

type Asked = Parameters<typeof aSilence>[0] | ReturnType<typeof anAlertAction>;

/** What people asked for, in order; without an action's name it is a silence. */
function peopleWho(...asked: Asked[]): AskedByPeople {
  const people = new AskedByPeople({ silences: 10, alerts: 10, afterEndMs: HOUR });
  for (const one of asked) {
    const message =
      one !== undefined && 'action' in one
        ? encodeAlertAction(one)
        : encodeSilenceEvent({ id: 's', source: 'api', kind: 'created', data: aSilence(one) });
    people.add({ value: Buffer.from(message.value) });
  }
  return people;
}
const nobody = peopleWho();

/** The reason why nobody is told, or the alerts that somebody is told of. */
function verdict(
  notification: Notification,
  people = nobody,
  { told = new Told(), loggedMs = detected } = {},
): unknown {
  const judgement = judge(notification, loggedMs, people, told);
  if (judgement.kind === 'skip') return judgement.reason;
  return judgement.notification.kind === 'alert'
    ? 'told'
    : judgement.notification.notice.alerts.map(({ keyId }) => keyId);
}

describe('ageSkip', () => {
  it('pages nobody for an import of old logs', () => {
    const old = alertOf({ historical: true, lane: 'import-1' });
    expect(ageSkip(old, detected, HOUR)).toBe('historical');
    expect(ageSkip(old, detected + 2 * HOUR, HOUR)).toBe('historical');
  });

  it('tells up to the maximum age and not beyond', () => {
    expect(ageSkip(alertOf(), detected + HOUR, HOUR)).toBeUndefined();
    expect(ageSkip(alertOf(), detected + HOUR + 1, HOUR)).toBe('too-old');
  });

  it('tells a notice as long as one of its alerts is worth it', () => {
    const notice = noticeOf(anAlert({ historical: true }), anAlert({ severity: 'high' }));
    expect(ageSkip(notice, detected, HOUR)).toBeUndefined();
    expect(severityOf(notice)).toBe('high');
  });
});

describe('judge: what was told', () => {
  it('tells a new alert, not the same again, and again when it became more severe', () => {
    const told = new Told();
    const { alertId } = anAlert();
    expect(verdict(alertOf(), nobody, { told })).toBe('told');
    told.add(alertId, 'medium', detected);
    expect(verdict(alertOf(), nobody, { told })).toBe('already-told');
    expect(verdict(alertOf({ severity: 'high' }), nobody, { told })).toBe('told');
    told.add(alertId, 'high', detected);
    expect(verdict(alertOf(), nobody, { told })).toBe('already-told');
  });

  it('tells the next telling after a reopening, once, and none from before it', () => {
    const told = new Told();
    told.add(anAlert().alertId, 'medium', detected);
    const reopenedMs = detected + 10;
    const people = peopleWho(
      anAlertAction('resolved', { at: iso(detected + 5) }),
      anAlertAction('reopened', { at: iso(reopenedMs) }),
    );
    const at = (loggedMs: number): unknown => verdict(alertOf(), people, { told, loggedMs });
    expect(at(reopenedMs - 1)).toBe('already-told');
    expect(at(reopenedMs)).toBe('told');
    told.add(anAlert().alertId, 'medium', reopenedMs);
    expect(at(reopenedMs)).toBe('already-told');
    expect(at(reopenedMs + 1)).toBe('already-told');
  });
});

describe('judge: silences', () => {
  const silence = { startsAt: iso(detected), endsAt: iso(detected + MINUTE) };
  it.each([
    ['before it starts', -1, 'told'],
    ['when it starts', 0, 'silenced'],
    ['in its last moment', MINUTE - 1, 'silenced'],
    ['when it ends', MINUTE, 'told'],
  ])('an alert logged %s', (_when, afterMs, expected) => {
    expect(verdict(alertOf(), peopleWho(silence), { loggedMs: detected + afterMs })).toBe(expected);
  });

  it('do not cover other rules, nor what is more severe than they allow', () => {
    expect(verdict(alertOf({ rule: 'unused-key' }), peopleWho({}))).toBe('told');
    const upToLow = peopleWho({ matchers: { rule: 'stale-key', severityAtMost: 'low' } });
    expect(verdict(alertOf({ severity: 'low' }), upToLow)).toBe('silenced');
    expect(verdict(alertOf(), upToLow)).toBe('told');
  });

  it('that are made after the telling change nothing about it, and what was silenced is told when it comes again after the end', () => {
    const told = new Told();
    told.add(anAlert().alertId, 'medium', detected);
    expect(verdict(alertOf(), peopleWho(silence), { told })).toBe('already-told');
    const people = peopleWho(silence);
    expect(verdict(alertOf(), people)).toBe('silenced');
    expect(verdict(alertOf(), people, { loggedMs: detected + MINUTE })).toBe('told');
  });

  it('cover alerts that have no owner, as those about the monitor itself', () => {
    const { owner: _owner, ...alert } = anAlert({ rule: 'pipeline-gap', keyId: 'keywatch' });
    const gap: Notification = { kind: 'alert', event: { ...anAlertEvent(), alert } };
    expect(verdict(gap, peopleWho({ matchers: { owner: 'ann' } }))).toBe('told');
    expect(verdict(gap, peopleWho({ matchers: { rule: 'pipeline-gap' } }))).toBe('silenced');
  });
});

describe('judge: acknowledgements', () => {
  it.each(['acknowledged', 'resolved'] as const)(
    'an alert that somebody %s is told when it becomes more severe, and only then',
    (action) => {
      const people = peopleWho(anAlertAction(action));
      expect(verdict(alertOf({ severity: 'low' }), people)).toBe('acknowledged');
      expect(verdict(alertOf(), people)).toBe('acknowledged');
      expect(verdict(alertOf({ severity: 'high' }), people)).toBe('told');
      expect(verdict(alertOf({ alertId: 'f'.repeat(32) }), people)).toBe('told');
    },
  );

  it('comments ask for nothing', () => {
    expect(verdict(alertOf(), peopleWho(anAlertAction('commented')))).toBe('told');
  });

  it('give way to a silence, and that to what was told', () => {
    const people = peopleWho(anAlertAction('acknowledged'), {});
    expect(verdict(alertOf(), people)).toBe('silenced');
    const told = new Told();
    told.add(anAlert().alertId, 'medium', detected);
    expect(verdict(alertOf(), people, { told })).toBe('already-told');
  });
});

describe('judge: notices to owners', () => {
  const first = anAlert({ keyId: 'key_1', severity: 'high' });
  const second = anAlert({ alertId: 'f'.repeat(32), keyId: 'key_2' });
  const overFirst = { matchers: { keyId: 'key_1' } };

  it('leave out what is covered and say why; nobody is mailed when all of it is', () => {
    const judgement = judge(noticeOf(first, second), detected, peopleWho(overFirst), new Told());
    expect(judgement).toMatchObject({
      kind: 'tell',
      leftOut: [{ alertId: first.alertId, reason: 'silenced', by: 'ann', why: 'migration week' }],
    });
    expect(verdict(noticeOf(first, second), peopleWho(overFirst))).toEqual(['key_2']);
    const known = anAlertAction('acknowledged', { alertId: second.alertId });
    expect(verdict(noticeOf(first, second), peopleWho(overFirst, known))).toBe('silenced');
    expect(verdict(noticeOf(second), peopleWho(known))).toBe('acknowledged');
  });

  it('whose rest was told before a crash are not told again', () => {
    const told = new Told();
    told.add(aNotice([]).noticeId, 'medium', detected);
    expect(verdict(noticeOf(first, second), peopleWho(overFirst), { told })).toBe('already-told');
  });
});
