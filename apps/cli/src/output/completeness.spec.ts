import { describe, expect, it } from '@jest/globals';
import { COMPLETE, UNKNOWN } from '../../../../test/cli/answers.js';
import type { Completeness } from '../api/answers.js';
import { completenessLine, count } from './completeness.js';

describe('the line about completeness', () => {
  it('says up to when an answer is complete, and what was left out', () => {
    expect(completenessLine(COMPLETE)).toBe(
      'Complete up to 2026-11-24 12:00:00 UTC · 0 dead letters · 1 duplicate dropped',
    );
  });

  it('names conflicts only where there are any', () => {
    const total = { events: 1, duplicates: 2, conflicts: 1, deadLetters: 1 };
    expect(completenessLine({ ...COMPLETE, total })).toContain(
      '1 dead letter · 2 duplicates dropped · 1 conflict',
    );
  });

  it('counts the dead letters of key events under alerts, which rest on them', () => {
    const alerts = { ...({} as NonNullable<Completeness['alerts']>), deadLetters: 2 };
    expect(completenessLine({ ...COMPLETE, alerts })).toContain(' · 2 dead letters · ');
  });

  it('says how much is still to come', () => {
    const lag = { messages: 1500, seconds: 3 };
    expect(completenessLine({ ...COMPLETE, state: 'behind', lag })).toMatch(
      /^BEHIND: complete up to 2026-11-24 12:00:00 UTC, 1,500 messages still to come/,
    );
  });

  it('never shows an unknown lag as none', () => {
    const behind = {
      ...COMPLETE,
      state: 'behind',
      completeUpTo: null,
      lag: { messages: null, seconds: null },
    } as const;
    expect(completenessLine(behind)).toMatch(
      /^BEHIND: complete up to no time that can be named, messages still to come/,
    );
  });

  it('gives the reason of gaps', () => {
    const gaps = { ...COMPLETE, state: 'gaps', reason: '5 messages are missing' } as const;
    expect(completenessLine(gaps)).toMatch(/^GAPS: 5 messages are missing · /);
  });

  it('says loudly that it does not know', () => {
    expect(completenessLine(UNKNOWN)).toBe('UNKNOWN whether this is complete: Kafka: no broker');
  });

  it("shows no control character of a server's words", () => {
    expect(completenessLine({ ...UNKNOWN, reason: 'a\u001b[31mb' })).not.toContain('\u001b');
  });
});

describe('a number with its noun', () => {
  it.each([
    [0, '0 events'],
    [1, '1 event'],
    [2000, '2,000 events'],
  ])('of %d', (n, text) => {
    expect(count(n, 'event')).toBe(text);
  });

  it('takes a plural of its own', () => {
    expect(count(2, 'anomaly', 'anomalies')).toBe('2 anomalies');
  });
});
