import type { KeyEvent } from '@keywatch/events';

const MAX_RETIREMENTS = 8;

/**
 * When secrets stop to work: those below a version at its rotation's end of grace, as `[version, untilMs]`, both
 * rising. A rotation that retires no secret earlier than a later one does says nothing and is left out, so any order of
 * rotations gives the same, and another rotation can only retire secrets earlier.
 */
export type Retirements = [version: number, untilMs: number][];

type Rotated = Extract<KeyEvent, { type: 'keywatch.key.rotated.v1' }>;

/** The version that a rotation begins; 0: it names none. */
export function versionOf({ secretVersion, previousVersion }: Rotated['data']): number {
  return secretVersion ?? (previousVersion === undefined ? 0 : previousVersion + 1);
}

/** The end of a rotation's grace in ms: as it says, never before the rotation; else `defaultMs` later. */
export function graceEnd({ data }: Rotated, atMs: number, defaultMs: number): number {
  const endsMs = data.graceEndsAt === undefined ? Number.NaN : Date.parse(data.graceEndsAt);
  return Number.isNaN(endsMs) ? atMs + defaultMs : Math.max(atMs, endsMs);
}

/** Adds one; false: it changes nothing. */
export function retire(all: Retirements, version: number, untilMs: number): boolean {
  if (version <= 0 || all.some(([v, ms]) => v >= version && ms <= untilMs)) return false;
  const kept = all.filter(([v, ms]) => !(v <= version && ms >= untilMs));
  const at = kept.findIndex(([v]) => v > version);
  kept.splice(at < 0 ? kept.length : at, 0, [version, untilMs]);
  all.splice(0, all.length, ...kept.slice(-MAX_RETIREMENTS));
  return true;
}

/** Until when a secret of this version works; undefined: for as long as anybody knows. */
export function worksUntil(all: Retirements, version: number): number | undefined {
  return all.find(([v]) => v > version)?.[1];
}
