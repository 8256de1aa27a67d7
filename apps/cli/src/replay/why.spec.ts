import { describe, expect, it } from '@jest/globals';
import { RULES, type ReplayedAlert } from '@keywatch/detection';
import { anAlert } from '@keywatch/testing';
import { replayedTelling, storedTelling } from './why.js';

const [rule] = RULES;
if (rule === undefined) throw new Error('there is no rule');
const { id, version } = rule;
const circumstances = { memoryFromMs: undefined, detected: new Map([[0, 10]]) };
const MARCH = Date.UTC(2026, 2, 1);

const now = (more: Partial<ReplayedAlert>, memoryFromMs?: number) => {
  const alert = { id: 'a:b', source: 'detect' as const, alert: anAlert({ ruleVersion: 3 }) };
  const line: ReplayedAlert = {
    kind: 'alert',
    partition: 0,
    offset: 9,
    alert,
    ruleThen: 3,
    ...more,
  };
  return replayedTelling(line, { ...circumstances, memoryFromMs }).why;
};
const then = (ruleId: string, ruleVersion: number, memoryFromMs?: number) =>
  storedTelling(
    {
      id: 'a:b',
      alertId: 'a',
      ruleId,
      ruleVersion,
      tenantId: 't',
      keyId: 'k',
      detectedAtMs: MARCH,
    },
    { ...circumstances, memoryFromMs },
  ).why;

describe('why an alert is only in the replay', () => {
  it.each([
    ['detection has not been there yet', now({ offset: 10 })],
    ['detection has not been there yet', now({ partition: 7 })],
    ['the rule was not there then', now({ ruleThen: null })],
    ['the rule had version 2 then, it has 3 now', now({ ruleThen: 2 })],
    ['it may rest on what arrived before 2026-03-01T00:00:00.000Z', now({}, MARCH)],
    ['', now({})],
  ])('%s', (words, why) => {
    expect(why).toBe(words);
  });
});

describe('why an alert is only stored', () => {
  it.each([
    ['the rule is not there any more', then('gone', 1)],
    [`the rule had version 77 then, it has ${version} now`, then(id, 77)],
    ['it may rest on what arrived before 2026-03-01T00:00:00.000Z', then(id, version, MARCH)],
    ['', then(id, version)],
  ])('%s', (words, why) => {
    expect(why).toBe(words);
  });
});
