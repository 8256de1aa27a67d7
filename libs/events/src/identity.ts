import { createHash, hash } from 'node:crypto';

/**
 * Identity of an event: tenant + source + id, as 32 hex digits (128 bits of MD5: no attacker gains by a collision
 * here, and at 64 bits chance alone collides one in a million at six million events).
 */
export function identityOf(tenantId: string, source: string, id: string): string {
  return hash('md5', `${tenantId}\u0000${source}\u0000${id}`, 'hex');
}

/**
 * 32 bits of an identity, as a signed number. By hand: parseInt over slices takes twice as long, and this runs for every
 * message.
 * @param from of the first of their eight hex digits, lower-case
 */
export function identityWord(identity: string, from: number): number {
  let word = 0;
  for (let i = from; i < from + 8; i += 1) {
    const code = identity.charCodeAt(i);
    word = (word << 4) | ((code & 15) + 9 * (code >> 6));
  }
  return word;
}

/** Begins the name of a key that nobody issued. */
export const UNKNOWN_KEY_PREFIX = 'unknown:';

/** Name under which a key that nobody issued is watched: never what was sent, only the start of its SHA-256. */
export function unknownKeyId(sent: string): string {
  return `${UNKNOWN_KEY_PREFIX}${createHash('sha256').update(sent).digest('hex').slice(0, 16)}`;
}
