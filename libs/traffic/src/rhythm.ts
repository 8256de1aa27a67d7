import type { Random } from './random.js';

const HOUR_MS = 3_600_000;
const HOURS_A_WEEK = 168;

/** Share of the traffic that knows neither night nor weekend: machines. */
const STEADY = 0.3;
/** The busiest hour, UTC. */
const PEAK_HOUR = 14;
/** What is left of the rest on Saturdays and Sundays. */
const WEEKEND = 0.35;

/** Load by hour of the week (0 is Thursday 00:00 UTC, as 1970 began), on average 1. */
const RHYTHM: Float64Array = (() => {
  const load = Float64Array.from({ length: HOURS_A_WEEK }, (_, hour) => {
    const weekend = [2, 3].includes(Math.floor(hour / 24)) ? WEEKEND : 1;
    const daily = 1 + Math.cos(((hour - PEAK_HOUR) / 24) * 2 * Math.PI);
    return STEADY + (1 - STEADY) * daily * weekend;
  });
  const mean = load.reduce((sum, value) => sum + value, 0) / HOURS_A_WEEK;
  return load.map((value) => value / mean);
})();

/** One load at any hour. */
export const STEADY_RHYTHM: Float64Array = new Float64Array(HOURS_A_WEEK).fill(1);

/**
 * Times (ms, fractional, rising) of a Poisson process whose rate follows the hours of the week; NaN once `endMs` is
 * reached. Within an hour the rate is constant, and a gap that leaves the hour is drawn again from its end, which is
 * exact as the process has no memory.
 */
export function arrivals(
  random: Random,
  ratePerSecond: number,
  startMs: number,
  endMs: number,
  rhythm = RHYTHM,
): () => number {
  let at = startMs;
  let hourEnd = at;
  let rate = 0;
  return () => {
    for (;;) {
      if (at >= hourEnd) {
        if (at >= endMs) return Number.NaN;
        const hour = Math.floor(at / HOUR_MS);
        hourEnd = Math.min((hour + 1) * HOUR_MS, endMs);
        rate = (ratePerSecond / 1000) * (rhythm[hour % HOURS_A_WEEK] ?? 1);
      }
      const next = at - Math.log(1 - random.next()) / rate;
      if (next < hourEnd) return (at = next);
      at = hourEnd;
    }
  };
}
