import type { z } from 'zod';
import { checkedPolicy } from './policy/checked-policy.js';
import type { DetectionSettings } from './policy/policy.js';

/**
 * Checked settings of each, in the order given.
 *
 * @throws Error that lists every unknown id and every wrong setting at once.
 */
export function resolveSettings(
  all: readonly { readonly id: string; readonly settings: z.ZodObject }[],
  given: DetectionSettings,
): Record<string, unknown>[] {
  return checkedPolicy(all, { rules: given }).base.map(({ settings }) => settings);
}
