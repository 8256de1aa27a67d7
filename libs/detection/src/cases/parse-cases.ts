import { z } from 'zod';
import { LATENESS_MS } from '../engine/lateness.js';
import { nearest } from '../policy/nearest.js';
import { PIPELINE_CHECKS } from '../pipeline/index.js';
import { FileProblems, type FileProblem } from '../rules-file/problem.js';
import { inFileOrder, YamlSource } from '../rules-file/yaml-source.js';
import { RULES } from '../rules/index.js';
import { SWEEPS } from '../sweeps/index.js';
import { CASE_EVENT, eventsOf, MOMENT, type Arrived, type CaseEvent } from './case-event.js';
import type { RuleCase } from './rule-case.js';
import { isIn } from './sweep-case.js';
import { EXPECTED, type Expected } from './told.js';

const ONE_OR_MORE = z.union([MOMENT, z.array(MOMENT).min(1)]);
const TIMES = ONE_OR_MORE.transform((times) => [times].flat());
const THEN = 'must be silent, or a list of alerts';
const SILENT = z.string().refine((text) => text === 'silent', { error: THEN });
const CASE = z.strictObject({
  name: z.string().min(1),
  rule: z.string().min(1),
  settings: z.record(z.string(), z.unknown()).default({}),
  given: z
    .array(CASE_EVENT)
    .default([])
    .describe('Rules on the stream: what happened before; its alerts do not count. Sweeps: all'),
  when: z.array(CASE_EVENT).min(1).optional().describe('Rules on the stream'),
  asOf: ONE_OR_MORE.optional().describe('Sweeps: when it looks, once or several times'),
  then: z.union([SILENT, z.array(EXPECTED).min(1)], { error: THEN }),
});
const FILE = z.strictObject({ cases: z.array(CASE).min(1) });

/** A case as far as it can be read; what can't is undefined, and complained of already. */
interface Given {
  readonly latenessMs: number;
  readonly line: number;
  readonly name: string;
  readonly rule: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly given: readonly (CaseEvent | undefined)[];
  readonly when: readonly (CaseEvent | undefined)[] | undefined;
  readonly asOf: readonly string[] | 'unreadable' | undefined;
  readonly then: readonly (Expected | undefined)[];
}

/** Tells of something wrong in a case, at one of its members. */
type Complain = (path: readonly (string | number)[], message: string) => void;

/**
 * Reads a file of cases (YAML, member `cases`).
 * @param latenessMs how late an event may come, as detection and sweep are told
 * @throws FileProblems with everything that is wrong
 */
export function parseCases(
  text: string,
  file: string,
  latenessMs = LATENESS_MS,
): readonly RuleCase[] {
  const source = new YamlSource(text);
  if (source.syntaxProblems.length > 0) throw new FileProblems(file, source.syntaxProblems);
  const value = source.value ?? {};
  const checked = FILE.safeParse(value);
  const problems: FileProblem[] = checked.success ? [] : source.problemsOf(checked.error, FILE);
  // Part by part: one that is wrong does not hide what is wrong with the others.
  const cases = listOf(membersOf(value)['cases']).flatMap((item, i): RuleCase[] => {
    const at = ['cases', i];
    const { line } = source.problemAt(at, '');
    const one = readCase({ ...partsOf(item, line), latenessMs }, (path, message) => {
      problems.push(source.problemAt([...at, ...path], message));
    });
    if (one === undefined) return [];
    const { settings: schema } = one.rule;
    const settings = schema.safeParse(one.settings);
    if (!settings.success)
      problems.push(...source.problemsOf(settings.error, schema, [...at, 'settings']));
    return [one];
  });
  if (problems.length > 0) throw new FileProblems(file, inFileOrder(problems));
  return cases;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const readable = <T>(schema: z.ZodType<T>, value: unknown): T | undefined =>
  schema.safeParse(value).data;

function partsOf(item: unknown, line: number): Omit<Given, 'latenessMs'> {
  const { name, rule, settings, given, when, asOf, then } = membersOf(item);
  const { shape } = CASE;
  return {
    line,
    name: readable(shape.name, name) ?? '',
    rule: readable(shape.rule, rule),
    settings: readable(shape.settings, settings) ?? {},
    given: listOf(given).map((one) => readable(CASE_EVENT, one)),
    when: when === undefined ? undefined : listOf(when).map((one) => readable(CASE_EVENT, one)),
    asOf: asOf === undefined ? undefined : (readable(TIMES, asOf) ?? 'unreadable'),
    then: listOf(then).map((one) => readable(EXPECTED, one)),
  };
}

function readCase(parts: Given, complain: Complain): RuleCase | undefined {
  const { name, line, settings, latenessMs, rule: id } = parts;
  if (id === undefined) return undefined;
  let made = 0;
  const events = (member: 'given' | 'when', list: Given['given']): Arrived[][] =>
    list.map((event, i) => {
      if (event === undefined) return [];
      const { arrived, problems } = eventsOf(event, () => `case-${(made += 1)}`);
      for (const { path, message } of problems) complain([member, i, ...path], message);
      return [...arrived];
    });
  const given = events('given', parts.given);
  const when = events('when', parts.when ?? []);
  const then = parts.then.filter((one) => one !== undefined);
  const base = { name, line, settings, latenessMs, given: given.flat(), then };

  const rule = RULES.find((one) => one.id === id);
  if (rule !== undefined) {
    if (parts.when === undefined) complain(['when'], `is missing: ${id} is a rule on the stream`);
    const sweepsOnly = `is for sweeps; ${id} is a rule on the stream, which tells when an event comes`;
    if (parts.asOf !== undefined) complain(['asOf'], sweepsOnly);
    parts.then.forEach((one, i) => {
      if (one?.asOf !== undefined) complain(['then', i, 'asOf'], sweepsOnly);
    });
    return { ...base, kind: 'stream', rule, when: when.flat() };
  }
  const sweep = SWEEPS.find((one) => one.id === id);
  if (sweep !== undefined) {
    if (parts.when !== undefined) {
      complain(
        ['when'],
        `is for rules on the stream; ${id} is a sweep: all events go under given, and asOf says when it looks`,
      );
    }
    return { ...base, kind: 'sweep', rule: sweep, asOfMs: readTimes(id, parts, given, complain) };
  }
  complain(['rule'], whyNoCase(id));
  return undefined;
}

/** When the sweep looks, in ms. */
function readTimes(
  id: string,
  { asOf, then, latenessMs }: Given,
  given: readonly (readonly Arrived[])[],
  complain: Complain,
): number[] {
  if (given.length === 0) complain(['given'], 'is missing: without events there is nothing to see');
  if (asOf === undefined) {
    complain(['asOf'], `is missing: ${id} is a sweep; say when it looks, once or several times`);
  }
  if (asOf === undefined || asOf === 'unreadable') return [];
  const times = asOf.map((text) => Date.parse(text));
  times.forEach((at, i) => {
    if (at <= (times[i - 1] ?? -Infinity))
      complain(['asOf', i], 'must be later than the one before it');
  });
  const last = Math.max(...times);
  given.forEach((arrived, i) => {
    if (arrived.length > 0 && !arrived.some(({ logTimeMs }) => isIn(logTimeMs, last, latenessMs)))
      complain(
        ['given', i],
        'arrives when the sweep has looked for the last time: nothing sees it',
      );
  });
  then.forEach((one, i) => {
    if (one?.asOf !== undefined && !times.includes(Date.parse(one.asOf)))
      complain(['then', i, 'asOf'], 'is none of the times under asOf of the case');
  });
  return times;
}

function whyNoCase(id: string): string {
  if (PIPELINE_CHECKS.some((check) => check.id === id)) {
    return `${id} looks at the pipeline itself, at Kafka and ClickHouse as they are at the moment, not at events: there is nothing that a case could give it`;
  }
  const ids = [...RULES, ...SWEEPS].map((one) => one.id);
  return `there is no rule ${id}${nearest(id, ids)}; there are ${ids.join(', ')}`;
}
