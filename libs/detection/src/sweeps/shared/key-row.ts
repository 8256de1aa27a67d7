import type { Alert } from '@keywatch/events';
import { z } from 'zod';

export const count = z.coerce.number().int();

/** What every row about a key says. Times in ms since 1970, 0: not known. */
export const KEY_ROW = z.object({
  tenant_id: z.string(),
  key_id: z.string(),
  lane: z.string(),
  owner_id: z.string(),
  owner_email: z.string(),
  owner_team: z.string(),
  created_ms: count,
  last_used_ms: count,
  succeeded_ms: count,
  requests: count,
  /** What silences count to: of a key that only an import knows, the end of that import. */
  as_of_ms: count,
  window: z.string(),
});
export type KeyRow = z.output<typeof KEY_ROW>;

/** Who answers for the key; nothing where nobody is known. */
export function ownerOf(row: Pick<KeyRow, 'owner_id' | 'owner_email' | 'owner_team'>): {
  owner?: Alert['owner'];
} {
  const owner = { id: row.owner_id, email: row.owner_email, team: row.owner_team };
  return Object.values(owner).some((text) => text !== '') ? { owner } : {};
}

/** A time as facts give it. */
export const iso = (ms: number): string => new Date(ms).toISOString();
