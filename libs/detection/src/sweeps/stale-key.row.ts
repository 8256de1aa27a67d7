import { z } from 'zod';

const count = z.coerce.number().int();
const caller = z.tuple([z.string(), z.string(), z.string(), count]);

/** One key that has passed a milestone. Times in ms since 1970. */
export const STALE_KEY_ROW = z.object({
  tenant_id: z.string(),
  key_id: z.string(),
  lane: z.string(),
  secret_version: count,
  plan: z.string(),
  owner_id: z.string(),
  owner_email: z.string(),
  owner_team: z.string(),
  requests: count,
  /** 0: never. */
  last_used_ms: count,
  /** The age counts from the first use: the secret is at least this old. */
  at_least: z.coerce.boolean(),
  since_ms: count,
  /** What the age counts to: of a key that only an import knows, the end of that import. */
  as_of_ms: count,
  age_days: count,
  limit_days: count,
  milestone_days: count,
  window: z.string(),
  caller_count: count,
  /** Environment, address block, agent, requests; the latest first, at most 10. */
  callers: z.array(caller),
});
export type StaleKeyRow = z.output<typeof STALE_KEY_ROW>;
export type StaleKeyCaller = StaleKeyRow['callers'][number];
