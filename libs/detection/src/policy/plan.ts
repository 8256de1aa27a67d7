import type { Rule } from '../rule.js';
import { compileExceptions, type DetectionException, type ExceptionTest } from './exceptions.js';
import type { ResolvedPolicy, ResolvedRule } from './policy.js';

/** A rule that is on for a tenant, with what holds for it there. */
export interface ActiveRule {
  readonly rule: Rule;
  /** Its place in the engine's list: states are kept by it. */
  readonly index: number;
  readonly settings: Record<string, unknown>;
  /** Events that the rule doesn't see; undefined: it sees all. */
  readonly excepted: ExceptionTest | undefined;
}

export type Plan = (tenantId: string) => readonly ActiveRule[];

/**
 * The rules that are on, by tenant. A tenant that is named nowhere has the plan of all others; one that is named has its
 * own, made when its first event comes.
 */
export function planOf(
  rules: readonly Rule[],
  { base, tenants }: ResolvedPolicy,
  exceptions: readonly DetectionException[],
): Plan {
  const active = (
    choices: readonly ResolvedRule[],
    tenantId: string | undefined,
    those: readonly DetectionException[],
  ): readonly ActiveRule[] =>
    rules.flatMap((rule, index) => {
      const choice = choices[index];
      if (choice?.enabled !== true) return [];
      const excepted = compileExceptions(those, rule.id, tenantId);
      return [{ rule, index, settings: choice.settings, excepted }];
    });
  const general = active(
    base,
    undefined,
    exceptions.filter((exception) => exception.tenants === undefined),
  );
  const named = new Set([...tenants.keys(), ...exceptions.flatMap((one) => one.tenants ?? [])]);
  if (named.size === 0) return () => general;
  const made = new Map<string, readonly ActiveRule[]>();
  return (tenantId) => {
    if (!named.has(tenantId)) return general;
    let plan = made.get(tenantId);
    if (plan === undefined) {
      plan = active(tenants.get(tenantId) ?? base, tenantId, exceptions);
      made.set(tenantId, plan);
    }
    return plan;
  };
}
