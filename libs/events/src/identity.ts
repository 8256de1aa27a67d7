import { createHash, hash } from 'node:crypto';

/**
 * Identity of an event: tenant + source + id, as 32 hex digits (128 bits of MD5: no attacker gains by a collision
 * here, and at 64 bits chance alone collides one in a million at six million events).
 */
export function identityOf(tenantId: string, source: string, id: string): string {
  return hash('md5', `${tenantId}\u0000${source}\u0000${id}`, 'hex');
}

/** Begins the name of a key that nobody issued. */
export const UNKNOWN_KEY_PREFIX = 'unknown:';

/** Name under which a key that nobody issued is watched: never what was sent, only the start of its SHA-256. */
export function unknownKeyId(sent: string): string {
  return `${UNKNOWN_KEY_PREFIX}${createHash('sha256').update(sent).digest('hex').slice(0, 16)}`;
}
