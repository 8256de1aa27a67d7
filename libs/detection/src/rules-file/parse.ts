import type { z } from 'zod';
import type { DetectionException } from '../policy/exceptions.js';
import { resolvePolicy, type DetectionPolicy, type DetectionSettings } from '../policy/policy.js';
import { FileProblems, type FileProblem } from './problem.js';
import { CRITERIA, expiryMs, rulesFileSchema, type Settable } from './schema.js';
import { inFileOrder, YamlSource } from './yaml-source.js';

/** Bytes of a settings file, as it is and with its aliases written out: what holds is recorded in messages of 1 MB. */
export const MAX_RULES_FILE = 300_000;

type RulesFile = z.input<ReturnType<typeof rulesFileSchema>>;
type GivenException = NonNullable<RulesFile['exceptions']>[number];

/**
 * Reads a settings file (YAML).
 *
 * @param all every rule and sweep there is
 * @param file its name, for the message
 * @throws FileProblems with everything that is wrong, each with line and column
 */
export function parseRulesFile(
  text: string,
  all: readonly Settable[],
  file = 'the settings file',
): DetectionPolicy {
  checkSize(text, file);
  const source = new YamlSource(text);
  throwIfAny(file, source.syntaxProblems);
  const value = source.value ?? {};
  const schema = rulesFileSchema(all);
  const checked = schema.safeParse(value);
  if (!checked.success) throw new FileProblems(file, source.problemsOf(checked.error, schema));

  const given = value as RulesFile;
  const policy = toPolicy(given);
  checkSize(JSON.stringify(policy), file);
  const { problems } = resolvePolicy(all, policy);
  const contradictions = problems.map(({ path, message }) => {
    const [first = '', tenant = '', ...rest] = path;
    const where = first === 'tenants' ? [first, tenant, 'rules', ...rest] : ['rules', ...path];
    return source.problemAt(where, message);
  });
  const aimless = (given.exceptions ?? []).flatMap((exception, i) =>
    CRITERIA.some((name) => exception[name] !== undefined)
      ? []
      : [
          source.problemAt(
            ['exceptions', i],
            `names nothing (${CRITERIA.join(', ')}): to switch a rule off, set enabled: false`,
          ),
        ],
  );
  throwIfAny(file, [...contradictions, ...aimless]);
  return policy;
}

function checkSize(text: string, file: string): void {
  if (Buffer.byteLength(text) <= MAX_RULES_FILE) return;
  const message = `is longer than ${MAX_RULES_FILE} bytes: join exceptions, which take lists`;
  throw new FileProblems(file, [{ line: 1, column: 1, at: '', message }]);
}

function throwIfAny(file: string, problems: readonly FileProblem[]): void {
  if (problems.length > 0) throw new FileProblems(file, inFileOrder(problems));
}

function toPolicy({ rules = {}, tenants = {}, exceptions = [] }: RulesFile): DetectionPolicy {
  return {
    rules: rules as DetectionSettings,
    tenants: Object.fromEntries(
      Object.entries(tenants).map(([tenant, own]) => [
        tenant,
        (own.rules ?? {}) as DetectionSettings,
      ]),
    ),
    exceptions: exceptions.map(toException),
  };
}

function toException(given: GivenException): DetectionException {
  const keys = [...list(given.key), ...list(given.keys)];
  return {
    rules: list(given.rule),
    ...members({
      keys,
      tenants: list(given.tenant),
      owners: list(given.owner),
      tags: list(given.tag),
      environments: list(given.environment),
      networks: list(given.network),
    }),
    reason: given.reason.trim(),
    untilMs: expiryMs(given.expires),
  };
}

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** Without those that are empty. */
function members<T extends Record<string, readonly string[]>>(lists: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(lists).filter(([, values]) => values.length > 0),
  ) as Partial<T>;
}

/** Exceptions that hold no more, by their reasons: they can be taken out of the file. */
export function expiredExceptions(
  { exceptions }: DetectionPolicy,
  nowMs: number,
): readonly DetectionException[] {
  return exceptions.filter(({ untilMs }) => untilMs <= nowMs);
}
