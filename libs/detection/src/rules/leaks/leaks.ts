/** Reports and rotations kept of a key: the latest few. */
const MAX_KEPT = 4;

export interface Rotation {
  readonly atMs: number;
  /** Version that it began; 0: it names none. */
  readonly version: number;
  /** From then on no older secret works. */
  readonly graceEndsMs: number;
}

/** What a key's leak reports and rotations say, both by time. */
export interface Leaks {
  readonly reportsMs: number[];
  readonly rotations: Rotation[];
}

export function addReport({ reportsMs }: Leaks, atMs: number): void {
  if (reportsMs.includes(atMs)) return;
  reportsMs.push(atMs);
  reportsMs.sort((a, b) => a - b);
  if (reportsMs.length > MAX_KEPT) reportsMs.shift();
}

export function addRotation({ rotations }: Leaks, rotation: Rotation): void {
  rotations.push(rotation);
  rotations.sort((a, b) => a.atMs - b.atMs || a.version - b.version);
  if (rotations.length > MAX_KEPT) rotations.shift();
}

/**
 * When the secret of a use was made, in ms: with the rotation that began its version; where request or rotation names
 * none, with the last rotation whose grace was over. 0: before any rotation that is known.
 */
export function secretMadeMs({ rotations }: Leaks, version: number, usedMs: number): number {
  for (let at = rotations.length - 1; at >= 0; at -= 1) {
    const one = rotations[at];
    if (one === undefined) continue;
    const byVersion = version > 0 && one.version > 0;
    if (byVersion ? one.version <= version : one.graceEndsMs < usedMs) return one.atMs;
  }
  return 0;
}

/** The earliest report that a secret made at `madeMs` can be meant by; undefined: none. */
export function firstReport({ reportsMs }: Leaks, madeMs: number): number | undefined {
  return reportsMs.find((atMs) => atMs >= madeMs);
}

/** The earliest report before the use that a secret made at `madeMs` can be meant by; undefined: none. */
export function reportBefore(
  { reportsMs }: Leaks,
  madeMs: number,
  usedMs: number,
): number | undefined {
  return reportsMs.find((atMs) => atMs >= madeMs && atMs < usedMs);
}
