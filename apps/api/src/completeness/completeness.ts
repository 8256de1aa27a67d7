import type { Counts, StoredPartition } from '../ports/database.js';
import type { LogEnd } from '../ports/log-ends.js';

/**
 * complete: everything that had arrived is in. behind: some is still to come. gaps: some is missing and won't come by
 * itself. unknown: it could not be told, and nothing may be taken for fine.
 */
type CompletenessState = 'complete' | 'behind' | 'gaps' | 'unknown';

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
  readonly state: Exclude<CompletenessState, 'unknown'>;
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

/** How complete an answer is, as it stands in a body. Times as RFC 3339. */
export interface Completeness {
  readonly state: CompletenessState;
  /** Everything that had arrived at the log by then is in the answer; null: nothing can be said. */
  readonly completeUpTo: string | null;
  /** Messages that have arrived and aren't in, and how long ago `completeUpTo` is, in seconds; null: unknown. */
  readonly lag: { readonly messages: number | null; readonly seconds: number | null };
  /** Messages that are missing for good, or until an operator acts; null: unknown. */
  readonly missing: number | null;
  /** Why the state is not complete; null where it is. */
  readonly reason: string | null;
  /** Over everything stored; null: unknown. */
  readonly total: Counts | null;
  /** Over the ranges that arrived, at least in part, within the time that the answer is about; null: unknown. */
  readonly inRange: Counts | null;
}

/** @param nowMs ms since 1970 */
export function completenessFrom(watermark: Watermark, total: Counts, nowMs: number): Completeness {
  const { state, upToMs, lagMessages, missing } = watermark;
  return {
    state,
    completeUpTo: upToMs === null ? null : new Date(upToMs).toISOString(),
    lag: {
      messages: lagMessages,
      seconds: upToMs === null ? null : Math.max(0, Math.round((nowMs - upToMs) / 1000)),
    },
    missing,
    reason: reasonOf(watermark),
    total,
    inRange: null,
  };
}

function reasonOf({ state, missing, lagMessages }: Watermark): string | null {
  switch (state) {
    case 'complete':
      return null;
    case 'behind':
      return `${lagMessages} messages have arrived and are not in yet`;
    case 'gaps':
      return `${missing} messages are missing: run keywatch verify`;
  }
}

export function unknownCompleteness(reason: string): Completeness {
  return {
    state: 'unknown',
    completeUpTo: null,
    lag: { messages: null, seconds: null },
    missing: null,
    reason,
    total: null,
    inRange: null,
  };
}
