import type { Sweep } from '../sweep.js';
import { checkedPolicy } from './checked-policy.js';
import { concerns, type DetectionException } from './exceptions.js';
import { policyFor, type DetectionPolicy, type ResolvedRule } from './policy.js';

/** What holds for a sweep. */
export interface SweepPlan {
  readonly sweep: Sweep;
  /** For every tenant but those below. */
  readonly settings: Record<string, unknown>;
  /** false: it is off for every tenant but those below. Missing: true. */
  readonly enabled?: boolean;
  readonly tenants?: readonly ({ readonly tenantId: string } & ResolvedRule)[];
  /** Those that concern it. */
  readonly exceptions?: readonly DetectionException[];
}

/** A plan for each sweep. @throws Error with every wrong setting. */
export function sweepPlans(sweeps: readonly Sweep[], policy: DetectionPolicy): SweepPlan[] {
  const { rules, tenants, exceptions } = policyFor(sweeps, policy);
  const resolved = checkedPolicy(sweeps, { rules, tenants });
  return sweeps.map((sweep, i) => ({
    sweep,
    ...(resolved.base[i] ?? { enabled: true, settings: {} }),
    tenants: [...resolved.tenants].flatMap(([tenantId, own]) => {
      const rule = own[i];
      return rule === undefined || rule === resolved.base[i] ? [] : [{ tenantId, ...rule }];
    }),
    exceptions: exceptions.filter((exception) => concerns(exception, sweep.id)),
  }));
}
