/** Width of a bucket of event time. Windows begin at its multiples. */
export const BUCKET_MS = 10_000;
const DAY_MS = 86_400_000;
const BUCKETS_A_DAY = DAY_MS / BUCKET_MS;
/**
 * Buckets kept at most: 85 minutes in which every bucket has something. With the default lateness none is dropped
 * that a window needs; with a longer one a busy key forgets its oldest first.
 */
export const MAX_BUCKETS = 512;

/**
 * How many, by bucket of event time: `[bucket, count, bucket, count, ...]`, oldest first, none empty. A flat array, so
 * that one more request of a busy key allocates nothing. The order of arrival leaves no trace in it.
 */
export type TimeCounts = number[];

/** The most that began on one UTC day. */
export interface Largest {
  /** Days since 1970, UTC, on which the window began. */
  readonly day: number;
  /** First bucket with something in it. */
  readonly from: number;
  readonly count: number;
}

export function bucketOf(ms: number): number {
  return Math.floor(ms / BUCKET_MS);
}

/** Index of the bucket's pair, or -1. */
export function indexOf(counts: TimeCounts, bucket: number): number {
  let at = counts.length - 2;
  while (at >= 0 && (counts[at] ?? 0) > bucket) at -= 2;
  return at >= 0 && counts[at] === bucket ? at / 2 : -1;
}

/** Adds one. @returns the pair's index where its bucket is new, else -1 */
export function addOne(counts: TimeCounts, bucket: number): number {
  let at = counts.length;
  while (at > 0 && (counts[at - 2] ?? 0) > bucket) at -= 2;
  if (counts[at - 2] === bucket) {
    counts[at - 1] = (counts[at - 1] ?? 0) + 1;
    return -1;
  }
  if (at === counts.length) counts.push(bucket, 1);
  else counts.splice(at, 0, bucket, 1);
  return at / 2;
}

/** Drops the buckets before this one, and the oldest beyond the bound. @returns how many were dropped */
export function forgetBefore(counts: TimeCounts, bucket: number): number {
  let dropped = Math.max(0, counts.length / 2 - MAX_BUCKETS);
  while (2 * dropped < counts.length && (counts[2 * dropped] ?? 0) < bucket) dropped += 1;
  if (dropped > 0) counts.splice(0, 2 * dropped);
  return dropped;
}

/** Sum over the buckets `from` (included) to `to` (not included). Costs as many steps as lie behind `from`. */
export function countBetween(counts: TimeCounts, from: number, to: number): number {
  let sum = 0;
  for (let at = counts.length - 2; at >= 0; at -= 2) {
    const bucket = counts[at] ?? 0;
    if (bucket < from) break;
    if (bucket < to) sum += counts[at + 1] ?? 0;
  }
  return sum;
}

/**
 * Of all windows of so many buckets that begin between `from` and `to` (both included) the largest of each UTC day. A
 * window belongs to the day of its first bucket that isn't empty, so one burst is never of two days. More can only make
 * it larger: which arrived first doesn't matter.
 */
export function largestByDay(
  counts: TimeCounts,
  width: number,
  from: number,
  to: number,
): Largest[] {
  const found: Largest[] = [];
  let start = counts.length;
  while (start > 0 && (counts[start - 2] ?? 0) >= from) start -= 2;
  let sum = 0;
  let end = start;
  for (; start < counts.length; start += 2) {
    const first = counts[start] ?? 0;
    if (first > to) break;
    for (; end < counts.length && (counts[end] ?? 0) < first + width; end += 2)
      sum += counts[end + 1] ?? 0;
    const day = dayOfBucket(first);
    const last = found.at(-1);
    if (last?.day !== day) found.push({ day, from: first, count: sum });
    else if (sum > last.count) found[found.length - 1] = { day, from: first, count: sum };
    sum -= counts[start + 1] ?? 0;
  }
  return found;
}

export function dayOfBucket(bucket: number): number {
  return Math.floor(bucket / BUCKETS_A_DAY);
}

/** As JSON: buckets after the first as distances. */
export function packCounts(counts: TimeCounts): number[] {
  return counts.map((n, i) => (i % 2 === 0 && i > 0 ? n - (counts[i - 2] ?? 0) : n));
}

export function unpackCounts(packed: readonly number[]): TimeCounts {
  let bucket = 0;
  return packed.map((n, i) => (i % 2 === 0 ? (bucket += n) : n));
}
