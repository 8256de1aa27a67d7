import { DAY_MS } from './time.js';

/** Kinds of anomalies that can be planted, by the id of the rule that should see them. */
export const PLANTS = [
  'multi-environment-use',
  'stale-key',
  'revoked-key-use',
  'auth-failure-burst',
  'use-after-leak-report',
  'dormant-key-awakened',
  'scanner-user-agent',
  // Only where they are asked for: by default the same seed goes on giving the same events.
  'old-secret-after-grace',
  'failure-then-success',
  'plan-rate-exceeded',
  'unused-key',
  'never-used-key',
  'rotation-not-adopted',
  'unknown-key',
  'one-address-many-keys',
  'new-caller',
] as const;
export type Plant = (typeof PLANTS)[number];

export interface TrafficOptions {
  /** A whole number; the same options give the same events. */
  readonly seed: number;
  /** How many keys are issued. */
  readonly keys: number;
  /** Length of the window of requests, in days. Keys are older: what happened to them before comes first. */
  readonly days: number;
  /** Requests per second over all keys, on average over a week. Default: one per key every ten minutes. */
  readonly ratePerSecond?: number;
  /** End of the window, ms since 1970. */
  readonly endMs: number;
  /** Keys with a planted anomaly, by kind. Default: a handful of each; `{}`: none. */
  readonly anomalies?: Readonly<Partial<Record<Plant, number>>>;
  /** Lane of all events; missing: none is named, which means live. */
  readonly lane?: string;
}

export interface CheckedOptions extends Required<Omit<TrafficOptions, 'lane'>> {
  readonly anomalies: Readonly<Record<Plant, number>>;
  readonly startMs: number;
  readonly lane: string | undefined;
}

const DEFAULT_PLANTS: Readonly<Record<Plant, number>> = {
  'multi-environment-use': 5,
  'stale-key': 8,
  'revoked-key-use': 3,
  'auth-failure-burst': 3,
  'use-after-leak-report': 2,
  'dormant-key-awakened': 3,
  'scanner-user-agent': 2,
  'old-secret-after-grace': 0,
  'failure-then-success': 0,
  'plan-rate-exceeded': 0,
  'unused-key': 0,
  'never-used-key': 0,
  'rotation-not-adopted': 0,
  'unknown-key': 0,
  'one-address-many-keys': 0,
  'new-caller': 0,
};
/** By default at most a third of the keys are planted, so that a small world is still mostly clean. */
const MAX_DEFAULT_SHARE = 1 / 3;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws RangeError that names the option.
 */
export function checkOptions(options: TrafficOptions): CheckedOptions {
  const { seed, keys, days, endMs, lane } = options;
  must(Number.isSafeInteger(seed) && seed >= 0, 'seed', 'a whole number, at least 0');
  must(Number.isSafeInteger(keys) && keys >= 1, 'keys', 'a whole number, at least 1');
  must(days >= 0.1 && days <= 3660, 'days', 'between 0.1 and 3660');
  must(Number.isSafeInteger(endMs) && endMs > 0, 'endMs', 'whole milliseconds since 1970');
  const ratePerSecond = options.ratePerSecond ?? keys / 600;
  must(ratePerSecond > 0 && ratePerSecond <= 1e7, 'ratePerSecond', 'above 0, at most 10 million');
  const anomalies = plantCounts(options.anomalies, keys);
  const planted = PLANTS.reduce((sum, plant) => sum + anomalies[plant], 0);
  must(
    planted <= keys,
    'anomalies',
    `at most as many as keys; ${planted} are asked of ${keys} keys`,
  );
  const startMs = endMs - Math.round(days * DAY_MS);
  return { seed, keys, days, endMs, startMs, ratePerSecond, anomalies, lane };
}

function plantCounts(
  given: TrafficOptions['anomalies'],
  keys: number,
): Readonly<Record<Plant, number>> {
  const wanted = PLANTS.reduce((sum, plant) => sum + DEFAULT_PLANTS[plant], 0);
  const scale = Math.min(1, (keys * MAX_DEFAULT_SHARE) / wanted);
  const counts = { ...DEFAULT_PLANTS };
  for (const plant of PLANTS) {
    counts[plant] =
      given === undefined ? Math.floor(DEFAULT_PLANTS[plant] * scale) : (given[plant] ?? 0);
    must(
      Number.isSafeInteger(counts[plant]) && counts[plant] >= 0,
      `anomalies.${plant}`,
      'a whole number, at least 0',
    );
  }
  return counts;
}

function must(condition: boolean, option: string, rule: string): void {
  if (!condition) throw new RangeError(`traffic option ${option} must be ${rule}`);
}
