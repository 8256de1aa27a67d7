import { DAY_MS, type EnvironmentDays, type Use } from './environment-days.js';
import type { Counts } from './environment-names.js';

/** What holds for one UTC day: the environments of all pairs whose later use is on that day. */
export interface DayPairs {
  readonly day: number;
  readonly close: boolean;
  /** Sorted. Empty: no pair. */
  readonly environments: readonly string[];
}

/**
 * The pairs of each kept day. On one UTC day any two environments make a pair. Across midnight the closest pair of a
 * use in A on the day and one in B before it is (last of B that day, first of A), so first and last decide exactly.
 */
export function pairsByDay(days: EnvironmentDays, counts: Counts, windowMs: number): DayPairs[] {
  return days.map((day) => {
    const environments = new Set<string>();
    for (const other of days) {
      if (other.day > day.day) break;
      for (const [a, usesOfA] of day.uses) {
        for (const [b, usesOfB] of other.uses) {
          const near = other === day || usesOfA.firstMs - usesOfB.lastMs <= windowMs;
          if (near && counts(a, b)) environments.add(a).add(b);
        }
      }
    }
    return { day: day.day, close: day.close, environments: [...environments].sort() };
  });
}

/** Whether all kept uses, and this one, are in one environment: the common case, and no pair is possible. */
export function isAlone(days: EnvironmentDays, environment: string): boolean {
  return days.every(({ uses }) => uses.size === 0 || (uses.size === 1 && uses.has(environment)));
}

/**
 * Marks the days on which this use comes within `closeMs` of one in another environment. It compares with the last use
 * of each environment and day: while the lateness is no longer than `closeMs`, the later arriving one of a close pair
 * always finds the other's last use close too, so the order of arrival doesn't matter.
 */
export function markClose(days: EnvironmentDays, use: Use, counts: Counts, closeMs: number): void {
  const day = Math.floor(use.atMs / DAY_MS);
  for (const other of days) {
    if (Math.abs(other.day - day) > 1) continue;
    for (const [environment, uses] of other.uses) {
      if (Math.abs(use.atMs - uses.lastMs) > closeMs || !counts(use.environment, environment))
        continue;
      const later = other.day > day ? other : days.find((d) => d.day === day);
      if (later !== undefined) later.close = true;
    }
  }
}

/** The days that gained a pair, an environment or closeness. Less than `minEnvironments` is no finding. */
export function grown(
  before: readonly DayPairs[],
  after: readonly DayPairs[],
  minEnvironments: number,
): DayPairs[] {
  return after.filter((now) => {
    if (now.environments.length < minEnvironments) return false;
    const then = before.find(({ day }) => day === now.day);
    if (then === undefined || then.environments.length < minEnvironments) return true;
    const joined = now.environments.some((environment) => !then.environments.includes(environment));
    return joined || (now.close && !then.close);
  });
}
