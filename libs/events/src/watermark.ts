/** How far one partition of a log is in the database. Offsets are exact up to 2^53; times in ms since 1970. */
export interface PartitionProgress {
  readonly partition: number;
  /** Offset of the oldest message that the log still has. */
  readonly logStart: number;
  /** Offset that the next message will get. */
  readonly logEnd: number;
  /** Offset after the last that is stored; undefined: nothing is. */
  readonly storedTo: number | undefined;
  /** Arrival time of the last message stored. */
  readonly storedLogTimeMs: number | undefined;
}

export interface Watermark {
  /**
   * Arrival time up to which everything is in; undefined where a partition has messages of which none is stored, so
   * that nothing can be promised.
   */
  readonly ms: number | undefined;
  /** Messages that are in the log and not stored. */
  readonly lagMessages: number;
}

/**
 * The watermark of a topic: a partition that is stored up to its end is fresh as of `nowMs` (the time at which the ends
 * were read, or earlier), any other as of its last stored message; over partitions the minimum.
 */
export function watermarkOf(partitions: readonly PartitionProgress[], nowMs: number): Watermark {
  let ms: number | undefined = nowMs;
  let lagMessages = 0;
  for (const { logStart, logEnd, storedTo, storedLogTimeMs } of partitions) {
    const behind = Math.max(0, logEnd - Math.max(storedTo ?? logStart, logStart));
    lagMessages += behind;
    if (behind === 0) continue;
    ms =
      ms === undefined || storedLogTimeMs === undefined ? undefined : Math.min(ms, storedLogTimeMs);
  }
  return { ms, lagMessages };
}
