/** Smallest, middle and largest of several rounds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws RangeError for no values: a figure without a measurement is none. */
export function spread(values: readonly number[]): Spread {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  const upper = at(sorted, middle);
  const median = sorted.length % 2 === 1 ? upper : (at(sorted, middle - 1) + upper) / 2;
  return { min: at(sorted, 0), median, max: at(sorted, sorted.length - 1) };
}

/** The latencies that half, 95 and 99 of a hundred samples don't exceed, and the worst. */
export interface Percentiles {
  readonly samples: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * By nearest rank: each is a value that was measured, none is interpolated.
 * @throws RangeError for no samples
 */
export function percentiles(samples: readonly number[]): Percentiles {
  const sorted = ascending(samples);
  const rank = (percent: number): number =>
    at(sorted, Math.ceil((percent / 100) * sorted.length) - 1);
  return { samples: sorted.length, p50: rank(50), p95: rank(95), p99: rank(99), max: rank(100) };
}

function ascending(values: readonly number[]): Float64Array {
  if (values.length === 0) throw new RangeError('There are no values to sum up.');
  if (values.some((value) => !Number.isFinite(value))) {
    throw new RangeError('A value that is no number would make the figures meaningless.');
  }
  return Float64Array.from(values).sort();
}

function at(sorted: Float64Array, index: number): number {
  return sorted[index] ?? Number.NaN;
}
