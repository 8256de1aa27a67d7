/** How far one partition is stored, and what its ranges held. Offsets are exact up to 2^53; times in ms since 1970. */
export interface StoredPartition {
  readonly partition: number;
  /** First offset that a range covers, and the offset after the last. */
  readonly from: number;
  readonly to: number;
  /** Offsets in between that no range covers; negative: covered twice. */
  readonly uncovered: number;
  /** Offsets that an operator has given up: their messages are lost. */
  readonly abandoned: number;
  /** Arrival time of the last message before `to`. */
  readonly lastLogTimeMs: number;
}

/** Bounds of one partition: offset of the oldest message kept, and of the next that will come. */
export interface LogEnd {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** complete: everything that had arrived is in. behind: some is still to come. gaps: some won't come by itself. */
export type WatermarkState = 'complete' | 'behind' | 'gaps';

export interface PartitionCompleteness {
  readonly partition: number;
  /** Offset after the last that is in; null: nothing is. */
  readonly position: number | null;
  readonly end: number;
  readonly lag: number;
  /** Messages that are missing for good, or until an operator acts. */
  readonly missing: number;
  /** All that had arrived by then is in; null: nothing can be said. ms since 1970 */
  readonly upToMs: number | null;
}

export interface Watermark {
  readonly state: WatermarkState;
  readonly upToMs: number | null;
  readonly lagMessages: number;
  readonly missing: number;
  readonly partitions: readonly PartitionCompleteness[];
}

/** The log and the database contradict each other: the message says how. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction';
}

/**
 * The watermark, in arrival time: per partition the log time of the position that the database has reached, or
 * `readAtMs` where that position is the log's end; over partitions the minimum.
 * @param stored read before `ends`, so that no position can be beyond an end
 * @param readAtMs just before `ends` were asked for, ms since 1970
 * @throws Contradiction where the database has what the log never had
 */
export function watermarkOf(
  stored: readonly StoredPartition[],
  ends: readonly LogEnd[],
  readAtMs: number,
): Watermark {
  if (ends.length === 0) throw new Contradiction('the topic has no partitions');
  const byPartition = new Map(stored.map((entry) => [entry.partition, entry]));
  const partitions = ends.map((end) =>
    completenessOf(byPartition.get(end.partition), end, readAtMs),
  );
  for (const { partition } of stored) {
    if (!ends.some((end) => end.partition === partition)) {
      throw new Contradiction(`the database has partition ${partition}, the topic has not`);
    }
  }
  const lagMessages = sum(partitions.map(({ lag }) => lag));
  const missing = sum(partitions.map((partition) => partition.missing));
  const times = partitions.map(({ upToMs }) => upToMs);
  return {
    state: missing > 0 ? 'gaps' : lagMessages > 0 ? 'behind' : 'complete',
    upToMs: times.includes(null) ? null : Math.min(...times.map(Number)),
    lagMessages,
    missing,
    partitions,
  };
}

function completenessOf(
  stored: StoredPartition | undefined,
  { partition, low, high }: LogEnd,
  readAtMs: number,
): PartitionCompleteness {
  const position = stored?.to ?? null;
  if (position !== null && position > high) {
    throw new Contradiction(
      `the database has partition ${partition} up to ${position}, but the log ends at ${high}: was the topic created anew?`,
    );
  }
  const next = position ?? low;
  // What retention removed before it was read, what no range covers, and what an operator gave up.
  const missing =
    Math.max(0, low - next) + Math.abs(stored?.uncovered ?? 0) + (stored?.abandoned ?? 0);
  const atEnd = next >= high || low === high;
  return {
    partition,
    position,
    end: high,
    lag: Math.max(0, high - Math.max(next, low)),
    missing,
    upToMs: atEnd ? readAtMs : (stored?.lastLogTimeMs ?? null),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
