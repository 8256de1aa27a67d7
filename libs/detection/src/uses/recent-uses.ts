import { networkOf } from './network.js';

/** Networks kept by name in a period; those that come after them are counted as one. */
export const MAX_NETWORKS = 8;
/** Stands for all further networks of a period. */
export const OTHER_NETWORKS = 'other networks';

/** Uses of a key from one network in one period. Only the last of them count, so their order doesn't matter. */
export interface RecentUse {
  /** Hour or day since 1970, UTC. */
  readonly period: number;
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
  readonly clockMs: number;
  readonly latenessMs: number;
}

/** Adds a use and gives the entry that it belongs to. */
export function addUse(uses: RecentUses, use: UseOf, keeping: Keeping): RecentUse {
  const period = Math.floor(use.timeMs / keeping.periodMs);
  const network = networkOf(use.address);
  const entry =
    entryOf(uses, period, network, use.secret) ?? begin(uses, period, network, use.secret, keeping);
  if (use.timeMs > entry.lastMs) entry.lastMs = use.timeMs;
  if (use.served && use.timeMs > entry.servedMs) entry.servedMs = use.timeMs;
  return entry;
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
  secret: number,
  keeping: Keeping,
): RecentUse {
  forget(uses, keeping);
  let [count, others] = [0, undefined as RecentUse | undefined];
  for (const one of uses) {
    if (one.period !== period) continue;
    count += 1;
    if (one.network === OTHER_NETWORKS) others = one;
  }
  if (others !== undefined) {
    others.secret = Math.max(others.secret, secret);
    return others;
  }
  const named = count < MAX_NETWORKS;
  const made: RecentUse = {
    period,
    network: named ? network : OTHER_NETWORKS,
    secret,
    lastMs: 0,
    servedMs: 0,
    told: 0,
  };
  uses.push(made);
  return made;
}

/** Drops what no event on time can still be about: told entries with their period, others with the lateness. */
function forget(uses: RecentUses, { periodMs, clockMs, latenessMs }: Keeping): void {
  const oldestMs = clockMs - latenessMs;
  let kept = 0;
  for (const one of uses) {
    const untilMs = one.told > 0 ? (one.period + 1) * periodMs : one.lastMs + 1;
    if (untilMs > oldestMs) uses[kept++] = one;
  }
  uses.length = kept;
}

/** By entry six values in a row; times count from the period's start. */
export type StoredUses = (number | string)[];
const WIDTH = 6;

export function packUses(uses: RecentUses, periodMs: number): StoredUses {
  return uses.flatMap((one) => {
    const startMs = one.period * periodMs;
    const served = one.servedMs === 0 ? -1 : one.servedMs - startMs;
    return [one.period, one.network, one.secret, one.lastMs - startMs, served, one.told];
  });
}

export function unpackUses(stored: StoredUses, periodMs: number): RecentUses {
  const uses: RecentUses = [];
  for (let at = 0; at + WIDTH <= stored.length; at += WIDTH) {
    const [period, network, secret, last, served, told] = stored.slice(at, at + WIDTH) as [
      number,
      string,
      number,
      number,
      number,
      number,
    ];
    const startMs = period * periodMs;
    const servedMs = served < 0 ? 0 : startMs + served;
    uses.push({ period, network, secret, lastMs: startMs + last, servedMs, told });
  }
  return uses;
}
