import { networkOf } from './network.js';
import { DAY_MS, isoDay } from './times.js';

/** Networks kept by name in a period; those that come after them are counted as one. */
export const MAX_NETWORKS = 8;
const OTHER_NETWORKS = 'other networks of ';

/** Stands for all further networks of a period: by the UTC day, so that a flood of weeks is told of more than once. */
function otherNetworks(ms: number): string {
  return OTHER_NETWORKS + isoDay(Math.floor(ms / DAY_MS));
}

export function isOtherNetworks(network: string): boolean {
  return network.startsWith(OTHER_NETWORKS);
}

/** Uses of a key from one network in one period. Only the last of them count, so their order doesn't matter. */
export interface RecentUse {
  /** Periods since the origin that the rule counts from. */
  period: number;
  /** As networkOf names it; empty: unknown. */
  readonly network: string;
  /** Which secret was used, by a number of the rule's own that rises with newer ones; of several the newest. */
  secret: number;
  lastMs: number;
  /** The last that was served, in ms; 0: none. */
  servedMs: number;
  /** What was told of it already: 0 nothing, more as the severity rises. */
  told: number;
}

/**
 * What was told, and what a lifecycle event that is still on its way (a revocation, a rotation, a leak report) would
 * have to be told about: the uses of the last stretch of the lateness, by period and network.
 */
export type RecentUses = RecentUse[];

export interface UseOf {
  readonly timeMs: number;
  readonly address: string | undefined;
  readonly secret: number;
  readonly served: boolean;
}

export interface Keeping {
  /** Length of a period, ms. */
  readonly periodMs: number;
  /** When the first period begins, ms since 1970; undefined: not known yet, all is of the first. */
  readonly originMs: number | undefined;
  readonly clockMs: number;
  readonly latenessMs: number;
}

/** Adds a use and gives the entry that it belongs to. */
export function addUse(uses: RecentUses, use: UseOf, keeping: Keeping): RecentUse {
  const period = periodOf(use.timeMs, keeping);
  const network = networkOf(use.address);
  const entry =
    entryOf(uses, period, network, use.secret) ?? begin(uses, period, network, use, keeping);
  if (use.timeMs > entry.lastMs) entry.lastMs = use.timeMs;
  if (use.served && use.timeMs > entry.servedMs) entry.servedMs = use.timeMs;
  return entry;
}

/** Period of a time; 0 for what was before the first. */
export function periodOf(
  ms: number,
  { originMs = ms, periodMs }: Pick<Keeping, 'originMs' | 'periodMs'>,
): number {
  return Math.max(0, Math.floor((ms - originMs) / periodMs));
}

/** A loop rather than a callback: this runs for every request. */
function entryOf(
  uses: RecentUses,
  period: number,
  network: string,
  secret: number,
): RecentUse | undefined {
  for (const one of uses) {
    if (one.period === period && one.secret === secret && one.network === network) return one;
  }
  return undefined;
}

function begin(
  uses: RecentUses,
  period: number,
  network: string,
  { secret, timeMs }: UseOf,
  keeping: Keeping,
): RecentUse {
  forget(uses, keeping);
  let [count, others] = [0, undefined as RecentUse | undefined];
  const otherName = otherNetworks(timeMs);
  for (const one of uses) {
    if (one.period !== period) continue;
    if (one.network === otherName) others = one;
    else if (!isOtherNetworks(one.network)) count += 1;
  }
  if (others !== undefined) {
    others.secret = Math.max(others.secret, secret);
    return others;
  }
  const named = count < MAX_NETWORKS;
  const made: RecentUse = {
    period,
    network: named ? network : otherName,
    secret,
    lastMs: 0,
    servedMs: 0,
    told: 0,
  };
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

/** By entry six values in a row; the last served use as its distance from the last. */
export type StoredUses = (number | string)[];
const WIDTH = 6;

export function packUses(uses: RecentUses): StoredUses {
  return uses.flatMap(({ period, network, secret, lastMs, servedMs, told }) => {
    const served = servedMs === 0 ? -1 : lastMs - servedMs;
    return [period, network, secret, lastMs, served, told];
  });
}

export function unpackUses(stored: StoredUses): RecentUses {
  const uses: RecentUses = [];
  for (let at = 0; at + WIDTH <= stored.length; at += WIDTH) {
    const [period, network, secret, lastMs, served, told] = stored.slice(at, at + WIDTH) as [
      number,
      string,
      number,
      number,
      number,
      number,
    ];
    const servedMs = served < 0 ? 0 : lastMs - served;
    uses.push({ period, network, secret, lastMs, servedMs, told });
  }
  return uses;
}
