import { describe, expect, it } from '@jest/globals';
import { Comparison, type Telling } from './comparison.js';

const telling = (alertId: string, revision = 'a', more: Partial<Telling> = {}): Telling => ({
  id: `${alertId}:${revision}`,
  alertId,
  rule: 'some-rule',
  tenantId: 't',
  keyId: 'k',
  detectedAtMs: 1_000,
  why: '',
  ...more,
});

function compare(then: readonly Telling[], now: readonly Telling[]): Comparison {
  const comparison = new Comparison();
  for (const one of then) comparison.addStored(one);
  for (const one of now) comparison.addReplayed(one);
  return comparison;
}

describe('Comparison', () => {
  it('finds nothing where both sides have the same tellings, however often', () => {
    const told = [telling('x'), telling('x', 'b'), telling('y')];
    expect(compare(told, [...told, ...told]).differences()).toEqual({
      rules: [{ rule: 'some-rule', same: 2, otherEvidence: 0, onlyNow: 0, onlyThen: 0 }],
      onlyNow: [],
      onlyThen: [],
    });
  });

  it('counts alerts by rule: same, with other evidence, on one side only', () => {
    const { rules, onlyNow, onlyThen } = compare(
      [telling('x'), telling('y'), telling('y', 'b'), telling('z', 'a', { rule: 'other' })],
      [telling('x'), telling('y'), telling('n'), telling('n', 'b', { detectedAtMs: 500 })],
    ).differences();
    expect(rules).toEqual([
      { rule: 'other', same: 0, otherEvidence: 0, onlyNow: 0, onlyThen: 1 },
      { rule: 'some-rule', same: 1, otherEvidence: 1, onlyNow: 1, onlyThen: 0 },
    ]);
    expect(onlyNow.map(({ id }) => id)).toEqual(['n:a']);
    expect(onlyThen.map(({ id }) => id)).toEqual(['z:a']);
  });

  it('lists the oldest first', () => {
    const some = [
      telling('a', 'a', { detectedAtMs: 3 }),
      telling('b', 'a', { detectedAtMs: 1 }),
      telling('c', 'a', { detectedAtMs: 1 }),
    ];
    const { onlyThen } = compare(some, []).differences();
    expect(onlyThen.map(({ alertId }) => alertId)).toEqual(['b', 'c', 'a']);
  });

  it('knows which are not stored, until they are', () => {
    const comparison = compare([telling('x')], []);
    expect(comparison.addReplayed(telling('x'))).toBe(true);
    expect(comparison.addReplayed(telling('new'))).toBe(false);
    comparison.addReplayed(telling('old', 'a', { detectedAtMs: 10 }));
    expect(comparison.notStoredSince(100)).toEqual(['new:a']);
    comparison.addStored(telling('new'));
    expect(comparison.notStoredSince(100)).toEqual([]);
  });
});
