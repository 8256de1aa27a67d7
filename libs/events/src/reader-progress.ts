import type { LogEnd } from './watermark.js';

/** One partition as a consumer group stands in it. Offsets are exact up to 2^53; times in ms since 1970. */
export interface ReaderPartition extends LogEnd {
  /** Offset after the last that the group has committed; null: it has committed nothing. */
  readonly committed: number | null;
  /** Arrival of the oldest message that it has not committed; null: none waits. */
  readonly waitingSinceMs: number | null;
}

/** How far a consumer group has got through a topic. */
export interface ReaderProgress {
  /** complete: it has committed everything that had arrived. gaps: retention took messages before it read them. */
  readonly state: 'complete' | 'behind' | 'gaps';
  /** All that had arrived by then has been read. ms since 1970 */
  readonly upToMs: number;
  /** Arrival of the oldest message that waits; null: none does. ms since 1970 */
  readonly waitingSinceMs: number | null;
  readonly lagMessages: number;
  /** Messages that retention removed before they were read. */
  readonly missing: number;
  readonly partitions: readonly { readonly partition: number; readonly position: number }[];
}

/**
 * How far a reader is in arrival time: just before the oldest message that waits in any partition, or `readAtMs` where none
 * does. A group that has committed nothing is taken to begin at the oldest message kept.
 * @param readAtMs just before the ends of the log were asked for, ms since 1970
 */
export function readerProgress(
  partitions: readonly ReaderPartition[],
  readAtMs: number,
): ReaderProgress {
  const at = partitions.map(({ partition, low, high, committed, waitingSinceMs }) => {
    const position = Math.max(low, committed ?? low);
    const waits = waitingSinceMs !== null && position < high;
    return {
      partition,
      position,
      lag: waits ? high - position : 0,
      missing: Math.max(0, low - (committed ?? low)),
      waitingSinceMs: waits ? waitingSinceMs : null,
    };
  });
  const waiting = at.flatMap(({ waitingSinceMs }) => waitingSinceMs ?? []);
  const waitingSinceMs = waiting.length === 0 ? null : Math.min(...waiting);
  const missing = at.reduce((sum, one) => sum + one.missing, 0);
  return {
    state: missing > 0 ? 'gaps' : waitingSinceMs === null ? 'complete' : 'behind',
    upToMs: waitingSinceMs === null ? readAtMs : waitingSinceMs - 1,
    waitingSinceMs,
    lagMessages: at.reduce((sum, { lag }) => sum + lag, 0),
    missing,
    partitions: at.map(({ partition, position }) => ({ partition, position })),
  };
}
