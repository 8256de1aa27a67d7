import type { Alert } from '@keywatch/events';
import { z } from 'zod';
import { createEngine } from '../engine/engine.js';
import type { KeyRecord } from '../engine/key-record.js';
import { resolvePolicy, type DetectionPolicy } from '../policy/policy.js';
import type { Rule } from '../rule.js';
import { FileProblems, type FileProblem } from '../rules-file/problem.js';
import { inFileOrder, YamlSource } from '../rules-file/yaml-source.js';
import { CASE_EVENT, eventsOf } from './case-event.js';

const EXPECTED = z
  .strictObject({
    severity: z.enum(['info', 'low', 'medium', 'high', 'critical']).optional(),
    key: z.string().optional(),
    tenant: z.string().optional(),
    window: z.string().optional(),
    says: z.string().optional().describe('Part of its sentence'),
  })
  .describe('An alert, by what is to be compared');
type Expected = z.output<typeof EXPECTED>;

const CASE = z.strictObject({
  name: z.string().min(1),
  rule: z.string().min(1),
  settings: z.record(z.string(), z.unknown()).default({}),
  given: z.array(CASE_EVENT).default([]).describe('What happened before; its alerts do not count'),
  when: z.array(CASE_EVENT).min(1),
  then: z.union([z.literal('silent'), z.array(EXPECTED).min(1)]),
});
const FILE = z.strictObject({ cases: z.array(CASE).min(1) });

/** A person's own case of a rule: given these events, when those come, then these alerts are told, or none. */
export type RuleCase = z.output<typeof CASE>;

/**
 * Reads a file of cases (YAML, member `cases`).
 * @throws FileProblems with everything that is wrong; a case of a sweep too: sweeps ask ClickHouse.
 */
export function parseCases(
  text: string,
  rules: readonly Rule[],
  sweepIds: readonly string[],
  file: string,
): readonly RuleCase[] {
  const source = new YamlSource(text);
  if (source.syntaxProblems.length > 0) throw new FileProblems(file, source.syntaxProblems);
  const checked = FILE.safeParse(source.value ?? {});
  if (!checked.success) throw new FileProblems(file, source.problemsOf(checked.error, FILE));
  const { cases } = checked.data;
  const problems = cases.flatMap(({ rule: id, settings }, i): FileProblem[] => {
    const at = ['cases', i];
    const rule = rules.find((one) => one.id === id);
    if (rule !== undefined) {
      return resolvePolicy([rule], { rules: { [id]: settings } }).problems.map(
        ({ path, message }) => source.problemAt([...at, 'settings', ...path.slice(1)], message),
      );
    }
    const message = sweepIds.includes(id)
      ? `${id} is a sweep, which asks ClickHouse: cases are of rules on the stream; try it with rules backtest`
      : `there is no rule ${id}; there are ${rules.map((one) => one.id).join(', ')}`;
    return [source.problemAt([...at, 'rule'], message)];
  });
  if (problems.length > 0) throw new FileProblems(file, inFileOrder(problems));
  return cases;
}

export interface CaseResult {
  readonly name: string;
  readonly rule: string;
  /** Missing: as expected. */
  readonly problem?: string;
}

/** Runs a case with what holds by the policy, and the case's own settings above it. */
export function runCase(
  { name, rule: id, settings, given, when, then }: RuleCase,
  rules: readonly Rule[],
  policy: DetectionPolicy,
): CaseResult {
  const own = rules.filter((rule) => rule.id === id);
  const { enabled: _, ...general } = policy.rules[id] ?? {};
  const tenants = Object.entries(policy.tenants).flatMap(([tenant, choices]) => {
    const choice = choices[id];
    return choice === undefined ? [] : [[tenant, { [id]: { ...choice, ...settings } }] as const];
  });
  const engine = createEngine({
    rules: own,
    settings: { [id]: { ...general, ...settings } },
    tenants: Object.fromEntries(tenants),
    exceptions: policy.exceptions,
  });
  const records = new Map<string, KeyRecord>();
  let offset = 0;
  const fold = (events: RuleCase['when']): Alert[] =>
    events
      .flatMap((one) => eventsOf(one, () => `case-${(offset += 1)}`))
      .flatMap(({ event, logTimeMs }) => {
        const key = engine.recordKey(event);
        const position = { partition: 0, offset: (offset += 1), logTimeMs };
        const { record, alerts } = engine.fold(records.get(key), event, position);
        records.set(key, record);
        return alerts.map(({ alert }) => alert);
      });
  fold(given);
  const told = fold(when);
  const problem = differenceOf(told, then === 'silent' ? [] : then);
  return { name, rule: id, ...(problem === undefined ? {} : { problem }) };
}

function differenceOf(told: readonly Alert[], expected: readonly Expected[]): string | undefined {
  const wrong = expected.findIndex((one, i) => !fits(told[i], one));
  if (told.length === expected.length && wrong === -1) return undefined;
  const shown = told.map(
    ({ severity, keyId, window, sentence }) => `${severity} ${keyId} ${window}: ${sentence}`,
  );
  const count = `${expected.length} expected, ${told.length} told`;
  const which = wrong === -1 ? '' : `; the first that differs is number ${wrong + 1}`;
  return `${count}${which}${shown.map((line) => `\n  told: ${line}`).join('')}`;
}

function fits(alert: Alert | undefined, expected: Expected): boolean {
  if (alert === undefined) return false;
  const { severity, key, tenant, window, says } = expected;
  return (
    (severity ?? alert.severity) === alert.severity &&
    (key ?? alert.keyId) === alert.keyId &&
    (tenant ?? alert.tenantId) === alert.tenantId &&
    (window ?? alert.window) === alert.window &&
    alert.sentence.includes(says ?? '')
  );
}
