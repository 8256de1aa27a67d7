const OLDEST_MS = Date.UTC(2010, 0, 1);
const DAY_MS = 86_400_000;

/** Why an event is filed under another time than its own. */
export const TIME_FLAGS = ['event', 'missing', 'out-of-range'] as const;
export type TimeFlag = (typeof TIME_FLAGS)[number];

export interface FiledTime {
  /** Milliseconds since 1970. */
  readonly ms: number;
  readonly flag: TimeFlag;
}

/**
 * The time that drives partitions, rollups and buckets: the event's own, or its arrival (log time) where the event
 * has none, is older than 2010 or more than a day ahead. Times out of the engine's range would land in wrong buckets
 * silently (an hour of 2120 becomes one of 1983). Both arguments in ms; `timeMs` NaN means missing.
 */
export function filedTime(timeMs: number, logTimeMs: number): FiledTime {
  if (Number.isNaN(timeMs)) return { ms: logTimeMs, flag: 'missing' };
  if (timeMs < OLDEST_MS || timeMs > logTimeMs + DAY_MS)
    return { ms: logTimeMs, flag: 'out-of-range' };
  return { ms: timeMs, flag: 'event' };
}
