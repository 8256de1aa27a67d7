import { filedTime } from '@keywatch/events';

/** How far a producer's clock may run ahead of the log's. */
export const MAX_AHEAD_MS = 5_000;

/**
 * The time rules go by: the event's own, its arrival where it has none in range, and never later than its arrival
 * + 5 s. One event dated 400 days ahead would otherwise set the key's clock and make all that follows late.
 */
export function eventTime(timeMs: number, logTimeMs: number): number {
  return Math.min(filedTime(timeMs, logTimeMs).ms, logTimeMs + MAX_AHEAD_MS);
}
