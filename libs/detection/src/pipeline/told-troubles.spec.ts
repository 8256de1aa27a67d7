import { describe, expect, it } from '@jest/globals';
import { decodeAlertEvent, encodeAlertEvent, type AlertEvent } from '@keywatch/events';
import { ToldTroubles } from './told-troubles.js';
import type { Trouble, Verdict } from './trouble.js';

const SINCE = Date.UTC(2026, 2, 1, 12);
const trouble: Trouble = {
  kind: 'reader-behind',
  severity: 'high',
  tenantId: 'keywatch',
  sinceMs: SINCE,
  sentence: 'detect has not evaluated 9 messages.',
  facts: { app: 'detect', messages: 9 },
  scope: { view: 'ranges', fromMs: SINCE, where: ["topic = 't'"] },
};
const behind: Verdict = { subject: 'detect/t', trouble };
const fine = (untilMs: number): Verdict => ({ subject: 'detect/t', untilMs });

/** As it comes back from the log of alerts. */
function overTheWire(event: AlertEvent): AlertEvent {
  const { key: _, value } = encodeAlertEvent(event);
  const decoded = decodeAlertEvent({ value: Buffer.from(value) });
  if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
  return decoded.event;
}

function only(tellings: readonly AlertEvent[]): [AlertEvent] {
  const [one, ...more] = tellings;
  if (one === undefined || more.length > 0) throw new Error(`${tellings.length} tellings`);
  return [one];
}

function told(...events: readonly AlertEvent[]): ToldTroubles {
  const troubles = new ToldTroubles();
  for (const event of events) troubles.add(overTheWire(event));
  return troubles;
}

const [opened] = only(told().tellingsOf(behind, SINCE + 61_000));

describe('troubles', () => {
  it('are told once while they go on, and once with their end', () => {
    const troubles = told();
    const [first] = only(troubles.tellingsOf(behind, SINCE + 61_000));
    expect(first.alert).toMatchObject({
      rule: 'pipeline-gap',
      keyId: 'detect/t',
      tenantId: 'keywatch',
      occurredAt: '2026-03-01T12:00:00.000Z',
      evidence: { facts: { state: 'open', since: '2026-03-01T12:00:00.000Z', messages: 9 } },
    });
    troubles.add(overTheWire(first));
    expect(troubles.isOpen('detect/t')).toBe(true);
    expect(troubles.tellingsOf(behind, SINCE + 66_000)).toEqual([]);

    const [ended] = only(troubles.tellingsOf(fine(SINCE + 90_000), SINCE + 90_000));
    expect(ended.alert.alertId).toBe(first.alert.alertId);
    expect(ended.id).not.toBe(first.id);
    expect(ended.alert.sentence).toBe(
      'detect has not evaluated 9 messages. It ended at 2026-03-01 12:01:30 UTC, after 90 s.',
    );
    expect(ended.alert.evidence).toEqual({
      facts: {
        kind: 'reader-behind',
        app: 'detect',
        messages: 9,
        state: 'ended',
        since: '2026-03-01T12:00:00.000Z',
        until: '2026-03-01T12:01:30.000Z',
        seconds: 90,
      },
      query: `SELECT *
FROM ranges
WHERE topic = 't'
  AND last_received_at >= '2026-03-01 12:00:00.000'
  AND first_received_at <= '2026-03-01 12:01:30.000'
ORDER BY topic, partition, from_offset`,
    });
    troubles.add(overTheWire(ended));
    expect(troubles.tellingsOf(fine(SINCE + 95_000), SINCE + 95_000)).toEqual([]);
  });

  it('have the same id whoever sees them, and whenever', () => {
    const [other] = only(told().tellingsOf(behind, SINCE + 500_000));
    expect(other.id).toBe(opened.id);
  });

  it('that another member has told, or this one before a restart, are not told again but ended', () => {
    const troubles = told(opened);
    expect(troubles.tellingsOf(behind, SINCE + 70_000)).toEqual([]);
    const [ended] = only(troubles.tellingsOf(fine(SINCE + 80_000), SINCE + 80_000));
    expect(ended.alert.evidence.facts).toMatchObject({ state: 'ended', seconds: 80 });
    expect(ended.alert.evidence.facts).not.toHaveProperty('endedAtTheLatest');
  });

  it('whose end nobody saw ended at the latest when they were looked at again', () => {
    const [ended] = only(told(opened).tellingsOf(fine(SINCE + 80_000), SINCE + 80_000));
    expect(ended.alert.evidence.facts['endedAtTheLatest']).toBe(true);
  });

  it('that were over before they could be told are told once, with both times', () => {
    const troubles = told();
    const verdict = { ...behind, untilMs: SINCE + 120_000 };
    const [event] = only(troubles.tellingsOf(verdict, SINCE + 130_000));
    expect(event.alert.evidence.facts).toMatchObject({ state: 'ended', seconds: 120 });
    troubles.add(overTheWire(event));
    expect(troubles.isOpen('detect/t')).toBe(false);
    expect(troubles.tellingsOf(verdict, SINCE + 135_000)).toEqual([]);
  });

  it('that begin anew are told anew', () => {
    const troubles = told(opened);
    const [ended] = only(troubles.tellingsOf(fine(SINCE + 80_000), SINCE + 80_000));
    troubles.add(overTheWire(ended));
    const again = { ...behind, trouble: { ...trouble, sinceMs: SINCE + 81_000 } };
    const [second] = only(troubles.tellingsOf(again, SINCE + 150_000));
    expect(second.alert.alertId).not.toBe(opened.alert.alertId);
    expect(second.alert.fingerprint).toBe(opened.alert.fingerprint);
  });

  it('told twice by members that looked at the same moment both get their end', () => {
    const [other] = only(
      told().tellingsOf({ ...behind, trouble: { ...trouble, sinceMs: SINCE + 3 } }, SINCE + 61_000),
    );
    const ends = told(opened, other).tellingsOf(fine(SINCE + 90_000), SINCE + 90_000);
    expect(ends.map(({ alert }) => alert.alertId).sort()).toEqual(
      [opened.alert.alertId, other.alert.alertId].sort(),
    );
  });

  it('ignore what other rules tell', () => {
    const event = { ...opened, alert: { ...opened.alert, rule: 'stale-key' } };
    expect(told(event).isOpen('detect/t')).toBe(false);
  });
});
