import type { z } from 'zod';
import { resolvePolicy, type DetectionPolicy, type ResolvedPolicy } from './policy.js';

/** @throws Error that lists every unknown id and every wrong setting at once. */
export function checkedPolicy(
  all: readonly { readonly id: string; readonly settings: z.ZodObject }[],
  policy: Pick<DetectionPolicy, 'rules'> & Partial<DetectionPolicy>,
): ResolvedPolicy {
  const { resolved, problems } = resolvePolicy(all, policy);
  if (problems.length === 0) return resolved;
  const lines = problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`Detection settings:\n${lines.join('\n')}`);
}
