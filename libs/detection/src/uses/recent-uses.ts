/** Uses of a key with one secret in one period. Only the last of them count, so their order doesn't matter. */
export interface RecentUse {
  /** Periods since 1970. */
  readonly period: number;
  /** Which secret was used: its version. */
  readonly secret: number;
  lastMs: number;
  /** The last that was served, in ms; 0: none. */
  servedMs: number;
  /** What was told of it already: 0 nothing, more as the severity rises. */
  told: number;
}

/**
 * What was told, and what a rotation that is still on its way would have to be told about: the uses of the last stretch
 * of the lateness, by period and secret.
 */
export type RecentUses = RecentUse[];

export interface UseOf {
  readonly timeMs: number;
  readonly secret: number;
  readonly served: boolean;
}

export interface Keeping {
  /** Length of a period, ms. */
  readonly periodMs: number;
  readonly clockMs: number;
  readonly latenessMs: number;
}

/** Adds a use and gives the entry that it belongs to. */
export function addUse(uses: RecentUses, use: UseOf, keeping: Keeping): RecentUse {
  const { timeMs, secret, served } = use;
  const period = Math.floor(timeMs / keeping.periodMs);
  const entry = entryOf(uses, period, secret) ?? begin(uses, period, secret, keeping);
  if (timeMs > entry.lastMs) entry.lastMs = timeMs;
  if (served && timeMs > entry.servedMs) entry.servedMs = timeMs;
  return entry;
}

/** A loop rather than a callback: this runs for every request. */
function entryOf(uses: RecentUses, period: number, secret: number): RecentUse | undefined {
  for (const one of uses) if (one.period === period && one.secret === secret) return one;
  return undefined;
}

function begin(uses: RecentUses, period: number, secret: number, keeping: Keeping): RecentUse {
  forget(uses, keeping);
  const made: RecentUse = { period, secret, lastMs: 0, servedMs: 0, told: 0 };
  uses.push(made);
  return made;
}

/**
 * Drops what no event on time can still be about: told entries a period after their last use, others with the lateness.
 */
function forget(uses: RecentUses, { periodMs, clockMs, latenessMs }: Keeping): void {
  const oldestMs = clockMs - latenessMs;
  let kept = 0;
  for (const one of uses) {
    const untilMs = one.lastMs + (one.told > 0 ? periodMs : 1);
    if (untilMs > oldestMs) uses[kept++] = one;
  }
  uses.length = kept;
}

/** By entry five values in a row; the last served use as its distance from the last. */
export type StoredUses = number[];
const WIDTH = 5;

export function packUses(uses: RecentUses): StoredUses {
  return uses.flatMap(({ period, secret, lastMs, servedMs, told }) => {
    const served = servedMs === 0 ? -1 : lastMs - servedMs;
    return [period, secret, lastMs, served, told];
  });
}

export function unpackUses(stored: StoredUses): RecentUses {
  const uses: RecentUses = [];
  for (let at = 0; at + WIDTH <= stored.length; at += WIDTH) {
    const [period = 0, secret = 0, lastMs = 0, served = -1, told = 0] = stored.slice(
      at,
      at + WIDTH,
    );
    const servedMs = served < 0 ? 0 : lastMs - served;
    uses.push({ period, secret, lastMs, servedMs, told });
  }
  return uses;
}
