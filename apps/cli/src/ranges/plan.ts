import { offsetsInWords } from '@keywatch/events';
import { CommandError } from '../command-error.js';

/** What broker and database say of one partition. Offsets. */
export interface PartitionFacts {
  readonly topic: string;
  readonly partition: number;
  /** The log has offsets from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
  /** Position of ingest's group; undefined where it has none. */
  readonly committed: number | undefined;
  readonly stored: StoredFacts | undefined;
}

export interface StoredFacts {
  /** End of what is stored without a gap. */
  readonly contiguousTo: number;
  /** Where the ranges after the first gap begin; undefined: there is no gap. */
  readonly gapTo: number | undefined;
  readonly to: number;
}

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Whether a stretch may be given up: it must join what is stored, and leave neither a gap nor an overlap behind.
 * @returns how many of its offsets the log still has: giving them up loses what could be read
 * @throws CommandError that names the right bounds
 */
export function readableIn(facts: PartitionFacts, { from, to }: Stretch): number {
  const { topic, partition, start, end, committed, stored } = facts;
  const where = `${topic}/${partition}`;
  if (to <= from) throw new CommandError(`The end ${to} must lie beyond the start ${from}.`);
  const next = stored?.contiguousTo ?? committed;
  if (next === undefined) {
    throw new CommandError(
      `Nothing of ${where} is stored or read yet: ingest begins at ${start} by itself, nothing is to be given up.`,
    );
  }
  if (from !== next) {
    throw new CommandError(
      `${where} is ${stored === undefined ? 'read' : 'stored'} up to ${next}: what is given up must begin there, not at ${from}.`,
    );
  }
  if (stored?.gapTo !== undefined && to !== stored.gapTo) {
    throw new CommandError(
      `${where} lacks offsets ${offsetsInWords(next, stored.gapTo)}, what follows is stored: give up exactly that, up to ${stored.gapTo}, not ${to}.`,
    );
  }
  if (stored?.gapTo === undefined && (to < start || to > end)) {
    throw new CommandError(
      `The log of ${where} has offsets ${offsetsInWords(start, end)}: the end must be one of them or ${end}, and ${to} is not.`,
    );
  }
  return Math.max(0, Math.min(to, end) - Math.max(from, start));
}

/**
 * Why a topic was created anew, or the database is another one, partition by partition; empty: everything fits, and to
 * read the log from its beginning would store all of it twice.
 */
export function signsOfNewLog(partitions: readonly PartitionFacts[]): string[] {
  return partitions.flatMap(({ partition, start, end, committed, stored }) => {
    if (stored !== undefined && stored.to > end) {
      return [`partition ${partition} is stored up to ${stored.to}, and the log ends at ${end}`];
    }
    if (committed !== undefined && committed > end) {
      return [`partition ${partition} is read up to ${committed}, and the log ends at ${end}`];
    }
    if (stored === undefined && committed !== undefined && committed > start) {
      return [`partition ${partition} is read up to ${committed}, and nothing of it is stored`];
    }
    return [];
  });
}
