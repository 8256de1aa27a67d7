import { hash } from 'node:crypto';
import { plainText } from './plain-text.js';

const MAX_ID = 40;
/** Characters per event: 30 bits. */
const DIGITS = 5;
/** Events remembered per bucket; from there on an event that comes again counts again. */
const MAX_EVENTS = 20;

/** Id of the first event to arrive, and 5 characters of the hash of each. */
export type SeenEvents = [firstId: string, hashes: string];

export function firstSeen(id: string): SeenEvents {
  return [plainText(id, MAX_ID), shortHash(id)];
}

/**
 * Notes the event; false where it was noted before. Remembers `enough` at most: so many make a finding by themselves.
 */
export function addSeen(seen: SeenEvents, id: string, enough: number): boolean {
  const digits = shortHash(id);
  const hashes = seen[1];
  for (let at = 0; at < hashes.length; at += DIGITS)
    if (hashes.startsWith(digits, at)) return false;
  if (hashes.length < DIGITS * Math.min(enough, MAX_EVENTS)) seen[1] = hashes + digits;
  return true;
}

function shortHash(id: string): string {
  return hash('sha1', id, 'base64url').slice(0, DIGITS);
}
