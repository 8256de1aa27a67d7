import { describe, expect, it } from '@jest/globals';
import { watermarkOf } from '@keywatch/events';
import { completenessFrom } from './completeness.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const at = {
  partition: 0,
  from: 0,
  to: 5,
  uncovered: 0,
  abandoned: 0,
  lastLogTimeMs: NOW - 10_000,
};
const end = (high: number) => ({ partition: 0, low: 0, high });

describe('completeness', () => {
  it('is told in words, with the time since then', () => {
    const total = {
      messages: 1,
      events: 1,
      duplicates: 0,
      conflicts: 0,
      deadLetters: 0,
      dropped: 0,
    };
    const behind = watermarkOf([at], [end(7)], NOW);
    expect(completenessFrom(behind, total, NOW)).toEqual({
      state: 'behind',
      completeUpTo: '2026-11-24T11:59:50.000Z',
      lag: { messages: 2, seconds: 10 },
      missing: 0,
      reason: '2 messages have arrived and are not in yet',
      total,
      inRange: null,
    });
    const gaps = watermarkOf([{ ...at, uncovered: 1 }], [end(5)], NOW);
    expect(completenessFrom(gaps, total, NOW).reason).toBe(
      '1 messages are missing: run keywatch verify',
    );
  });
});
