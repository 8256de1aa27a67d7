import type { ReaderProgress } from '@keywatch/events';

/** How far detection is behind the log, as it stands in a body. */
export interface DetectionLag {
  /** behind: messages wait for longer than it takes to record what was evaluated. */
  readonly state: 'complete' | 'behind' | 'gaps' | 'unknown';
  /** Everything that had arrived by then is evaluated and recorded; null: nothing can be said. RFC 3339 */
  readonly completeUpTo: string | null;
  /** Messages that it has not folded and recorded yet; null: unknown. */
  readonly lag: number | null;
  /** Arrival of the oldest of them; null: none waits, or it is unknown. RFC 3339 */
  readonly waitingSince: string | null;
  /** Why it is behind or unknown; null where it is neither. */
  readonly reason: string | null;
  /** Offset after the last that it has recorded, for those who wait for a position; empty: unknown. */
  readonly partitions: readonly { readonly partition: number; readonly position: number }[];
}

/**
 * Detection tells an alert at once and records how far it got every few seconds: what waits for less long is in step. In ms.
 */
const STEP_MS = 10_000;

/** @param nowMs ms since 1970 */
export function detectionLag(progress: ReaderProgress, nowMs: number): DetectionLag {
  const { upToMs, waitingSinceMs, lagMessages, missing, partitions } = progress;
  const late = waitingSinceMs !== null && nowMs - waitingSinceMs > STEP_MS;
  const since = waitingSinceMs === null ? null : new Date(waitingSinceMs).toISOString();
  return {
    state: missing > 0 ? 'gaps' : late ? 'behind' : 'complete',
    completeUpTo: new Date(upToMs).toISOString(),
    lag: lagMessages,
    waitingSince: since,
    reason:
      missing > 0
        ? `${missing} messages were removed by retention before detection read them`
        : late
          ? `${lagMessages} messages wait for detection, the oldest since ${since ?? ''}`
          : null,
    partitions,
  };
}

export function unknownDetection(reason: string): DetectionLag {
  return {
    state: 'unknown',
    completeUpTo: null,
    lag: null,
    waitingSince: null,
    reason,
    partitions: [],
  };
}
