import { describe, expect, it } from '@jest/globals';
import { COMPLETE } from '../../../../test/cli/answers.js';
import type { AlertsCompleteness } from '../api/answers.js';
import { alertsLines } from './alerts-completeness.js';

const ALERTS: AlertsCompleteness = {
  detection: {
    state: 'complete',
    completeUpTo: '2026-11-24T12:00:00.000Z',
    lag: 0,
    waitingSince: null,
    reason: null,
  },
  sweeps: {
    lastRoundAt: '2026-11-24T12:00:01.500Z',
    sweeps: [
      { sweep: 'stale-key', asOf: '2026-11-24T11:45:00.000Z', failure: null },
      { sweep: 'unused-key', asOf: '2026-11-24T11:45:00.000Z', failure: null },
    ],
    reason: null,
  },
  deadLetters: 0,
};
const linesOf = (over: {
  detection?: Partial<AlertsCompleteness['detection']>;
  sweeps?: Partial<AlertsCompleteness['sweeps']>;
  deadLetters?: number;
}): string[] =>
  alertsLines({
    ...COMPLETE,
    alerts: {
      detection: { ...ALERTS.detection, ...over.detection },
      sweeps: { ...ALERTS.sweeps, ...over.sweeps },
      deadLetters: over.deadLetters ?? 0,
    },
  });

describe('the lines under a list of alerts', () => {
  it('say up to when detection and each sweep have looked', () => {
    expect(linesOf({})).toEqual([
      'Detection looked up to 2026-11-24 12:00:00 UTC',
      'Sweeps (last round 2026-11-24 12:00:01 UTC): stale-key, unused-key looked up to 2026-11-24 11:45:00 UTC',
    ]);
  });

  it('say how far detection is behind, and since when', () => {
    const detection = {
      state: 'behind',
      completeUpTo: '2026-11-24T11:00:00.000Z',
      lag: 4012,
      waitingSince: '2026-11-24T11:00:00.001Z',
    } as const;
    expect(linesOf({ detection })[0]).toBe(
      'Detection is BEHIND: it looked up to 2026-11-24 11:00:00 UTC; 4,012 messages wait, the oldest since 2026-11-24 11:00:00 UTC',
    );
  });

  it('say how many key events no rule has seen, for they can not be read', () => {
    expect(linesOf({ deadLetters: 2 })[1]).toBe(
      'No rule has seen 2 messages of key events that can not be read (keywatch dead-letters list)',
    );
  });

  it('say what retention has taken from detection', () => {
    expect(
      linesOf({ detection: { state: 'gaps', reason: '3 messages were removed' } })[0],
    ).toContain('GAPS: 3 messages were removed');
  });

  it('say that it is not known, rather than guess', () => {
    const detection = {
      state: 'unknown',
      completeUpTo: null,
      lag: null,
      reason: 'Kafka: away\u001b[31m',
    } as const;
    const sweeps = { lastRoundAt: null, sweeps: [], reason: 'no round of sweeps is recorded' };
    const [first = '', second] = linesOf({ detection, sweeps });
    expect(first).toMatch(/^Detection: UNKNOWN how far it has looked: Kafka: away/);
    expect(first).not.toContain('\u001b');
    expect(second).toBe('Sweeps: UNKNOWN how far they have looked: no round of sweeps is recorded');
  });

  it('name sweeps that look from another time, and those that failed', () => {
    const sweeps = [
      { sweep: 'a', asOf: '2026-11-24T11:45:00.000Z', failure: null },
      { sweep: 'b', asOf: '2026-11-24T10:00:00.000Z', failure: null },
      { sweep: 'c', asOf: null, failure: 'too many rows' },
    ];
    expect(linesOf({ sweeps: { sweeps } }).slice(1)).toEqual([
      'Sweeps (last round 2026-11-24 12:00:01 UTC): b looked up to 2026-11-24 10:00:00 UTC; a looked up to 2026-11-24 11:45:00 UTC',
      'Sweep c FAILED in the last round, not known to have told everything: too many rows',
    ]);
  });

  it('are none where an answer is about something else', () => {
    expect(alertsLines(COMPLETE)).toEqual([]);
  });
});
