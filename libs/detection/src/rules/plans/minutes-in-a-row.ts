import { BUCKET_MS, dayOfBucket, type TimeCounts } from '../../windows/time-counts.js';

const MINUTE = 60_000 / BUCKET_MS;

/**
 * UTC days with a row of so many minutes of the clock: each with at least `staysAt` of the threshold, one beyond it; the
 * day is that of the first beyond it. The lower share is the hysteresis: a dip doesn't end what goes on. More can only make rows.
 */
export function minutesInARow(
  counts: TimeCounts,
  length: number,
  threshold: number,
  staysAt: number,
): number[] {
  const days: number[] = [];
  let row: number[] = [];
  const add = (minute: number, count: number, last: number): number => {
    if (count < threshold * staysAt) row = [];
    else if (minute !== last + 1) row = [count];
    else row.push(count);
    if (row.length > length) row.shift();
    const beyond = row.findIndex((n) => n > threshold);
    if (row.length === length && beyond >= 0) {
      const day = dayOfBucket((minute - length + 1 + beyond) * MINUTE);
      if (!days.includes(day)) days.push(day);
    }
    return minute;
  };
  let [last, minute, count] = [-Infinity, -Infinity, 0];
  for (let at = 0; at < counts.length; at += 2) {
    const of = Math.floor((counts[at] ?? 0) / MINUTE);
    if (of !== minute) {
      if (count > 0) last = add(minute, count, last);
      [minute, count] = [of, 0];
    }
    count += counts[at + 1] ?? 0;
  }
  if (count > 0) add(minute, count, last);
  return days;
}
