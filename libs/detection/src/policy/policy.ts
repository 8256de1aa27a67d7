import type { z } from 'zod';
import type { DetectionException } from './exceptions.js';
import { nearest } from './nearest.js';

/** What is set about one rule or sweep: `enabled`, and its settings by name. What is left out has its default. */
export type RuleChoice = Readonly<Record<string, unknown>>;

/** Choices by rule or sweep id. */
export type DetectionSettings = Readonly<Record<string, RuleChoice>>;

/** All that a person has set about rules and sweeps. */
export interface DetectionPolicy {
  readonly rules: DetectionSettings;
  /** By tenant: what differs from `rules` there, setting by setting. */
  readonly tenants: Readonly<Record<string, DetectionSettings>>;
  readonly exceptions: readonly DetectionException[];
}

/** Nothing set: every rule with its defaults, for everybody. */
export const DEFAULT_POLICY: DetectionPolicy = { rules: {}, tenants: {}, exceptions: [] };

interface Configurable {
  readonly id: string;
  readonly settings: z.ZodObject;
}

/** A rule's settings with the defaults filled in. */
export interface ResolvedRule {
  readonly enabled: boolean;
  readonly settings: Record<string, unknown>;
}

/** What holds for each rule, in the order of the list it was resolved for. */
export interface ResolvedPolicy {
  readonly base: readonly ResolvedRule[];
  /** Tenants for which something else holds. */
  readonly tenants: ReadonlyMap<string, readonly ResolvedRule[]>;
}

/** One wrong choice: where it stands, member by member, and what is wrong. */
export interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Checks every choice against the settings of its rule. */
export function resolvePolicy(
  all: readonly Configurable[],
  { rules, tenants = {} }: Pick<DetectionPolicy, 'rules'> & Partial<DetectionPolicy>,
): { readonly resolved: ResolvedPolicy; readonly problems: readonly PolicyProblem[] } {
  const problems: PolicyProblem[] = unknownIds(all, rules, []);
  const base = all.map((rule) => resolveRule(rule, rules[rule.id] ?? {}, [rule.id], problems));
  const byTenant = new Map<string, readonly ResolvedRule[]>();
  for (const [tenant, own] of Object.entries(tenants)) {
    const path = ['tenants', tenant];
    problems.push(...unknownIds(all, own, path));
    byTenant.set(
      tenant,
      all.map((rule, i) => {
        const choice = own[rule.id];
        const general = base[i] ?? { enabled: true, settings: {} };
        if (choice === undefined) return general;
        return resolveRule(rule, { ...rules[rule.id], ...choice }, [...path, rule.id], problems);
      }),
    );
  }
  return { resolved: { base, tenants: byTenant }, problems };
}

/** Those parts of a policy that are about the rules of the list. */
export function policyFor(
  all: readonly Configurable[],
  { rules, tenants, exceptions }: DetectionPolicy,
): DetectionPolicy {
  const ids = new Set(all.map(({ id }) => id));
  const only = (choices: DetectionSettings): DetectionSettings =>
    Object.fromEntries(Object.entries(choices).filter(([id]) => ids.has(id)));
  return {
    rules: only(rules),
    tenants: Object.fromEntries(
      Object.entries(tenants)
        .map(([tenant, own]) => [tenant, only(own)] as const)
        .filter(([, own]) => Object.keys(own).length > 0),
    ),
    exceptions: exceptions.filter((exception) =>
      exception.rules.some((id) => id === '*' || ids.has(id)),
    ),
  };
}

function unknownIds(
  all: readonly Configurable[],
  given: DetectionSettings,
  path: readonly string[],
): PolicyProblem[] {
  const ids = all.map(({ id }) => id);
  return Object.keys(given)
    .filter((id) => !ids.includes(id))
    .map((id) => ({
      path: [...path, id],
      message: `no such rule or sweep${nearest(id, ids)}; there are ${ids.join(', ')}`,
    }));
}

function resolveRule(
  { settings }: Configurable,
  { enabled = true, ...given }: RuleChoice,
  path: readonly string[],
  problems: PolicyProblem[],
): ResolvedRule {
  if (typeof enabled !== 'boolean') {
    problems.push({ path: [...path, 'enabled'], message: 'must be true or false' });
  }
  const result = settings.safeParse(given);
  if (result.success) return { enabled: enabled === true, settings: result.data };
  problems.push(
    ...result.error.issues.map((issue) => ({
      path: [
        ...path,
        ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
      ],
      message: issue.message,
    })),
  );
  return { enabled: true, settings: {} };
}
