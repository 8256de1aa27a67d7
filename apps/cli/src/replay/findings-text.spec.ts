import { describe, expect, it } from '@jest/globals';
import type { Telling } from './comparison.js';
import { replayText, type ReplayFindings } from './findings-text.js';

const findings: ReplayFindings = {
  from: '2026-03-01T00:00:00.000Z',
  to: '2026-03-02T00:00:00.000Z',
  memoryFrom: null,
  messages: 1_200,
  warmUp: 5_000,
  seconds: 1.25,
  rules: [{ rule: 'some-rule', same: 4, otherEvidence: 0, onlyNow: 0, onlyThen: 0 }],
  onlyNow: [],
  onlyThen: [],
  told: null,
  notes: [],
};
const telling = (n: number, why: string): Telling => ({
  id: `a${n}:r`,
  alertId: `a${n}`,
  rule: 'some-rule',
  tenantId: 't',
  keyId: 'k\u001b[31m',
  detectedAtMs: Date.UTC(2026, 2, 1),
  why,
});

describe('a replay in words', () => {
  it('says that everything is as it was', () => {
    const text = replayText(findings);
    expect(text).toContain(
      '1,200 messages that arrived from 2026-03-01T00:00:00.000Z to 2026-03-02T00:00:00.000Z, after 5,000 before them, in 1.3 s',
    );
    expect(text).toContain('The replay gives the 4 alerts that are stored, with the same ids.');
    expect(text).not.toContain('told');
  });

  it('lists what one side does not have, with reasons, and no more than fits', () => {
    const many = Array.from({ length: 21 }, (_, n) => telling(n, n === 0 ? '' : 'a reason'));
    const text = replayText({
      ...findings,
      rules: [{ rule: 'some-rule', same: 4, otherEvidence: 1, onlyNow: 21, onlyThen: 1 }],
      onlyNow: many,
      onlyThen: [telling(99, 'a reason')],
      told: 21,
      notes: ['a note'],
    });
    expect(text).toContain('23 alerts differ from what is stored.');
    expect(text).toContain('Only now, 20 of 21 (--json has all):');
    expect(text).toContain('2026-03-01T00:00:00.000Z some-rule t/k\uFFFD[31m a0: nothing explains');
    expect(text).toContain('a99: a reason');
    expect(text).toContain('21 tellings told that were not stored.');
    expect(text).toContain('Note: a note');
    expect(text).not.toContain('a20:');
  });
});
