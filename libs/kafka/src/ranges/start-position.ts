import { PositionFault } from './errors.js';
import type { Announcement } from './announcement.js';

/** What is known about one partition when it is assigned. */
export interface KnownPositions {
  readonly topic: string;
  readonly partition: number;
  /** Position of the group; undefined where it has none (or none any more). */
  readonly committed: bigint | undefined;
  readonly announcement: Announcement | undefined;
  /** Ranges in the store: covered without a gap up to `contiguousTo`, the highest end is `to`. */
  readonly stored: { readonly contiguousTo: bigint; readonly to: bigint } | undefined;
  /** The log has offsets from `low` up to, not including, `high`. */
  readonly low: bigint;
  readonly high: bigint;
}

export type StartPosition =
  | { readonly kind: 'settled'; readonly next: bigint; readonly why?: string }
  | {
      readonly kind: 'open';
      readonly from: bigint;
      readonly announcement: Announcement;
      /** Retention has removed its start: it can be read back from the store, but not written again. */
      readonly gone: boolean;
    };

/**
 * Where reading goes on. Positions do get lost: the broker forgets those of an idle group, a topic is created again,
 * retention overtakes a stopped process. What can be known from the store is used; all else is an operator's decision.
 * @throws PositionFault with the command that records the decision
 */
export function startPosition(known: KnownPositions): StartPosition {
  const { committed, announcement, stored } = known;
  if (committed !== undefined && announcement !== undefined) {
    return openOrSettled(known, committed, announcement);
  }
  if (stored === undefined) {
    if (committed === undefined) {
      return {
        kind: 'settled',
        next: known.low,
        why: 'a new group starts at the beginning of the log',
      };
    }
    if (committed !== known.low) throw storeIsEmpty(known, committed);
    return { kind: 'settled', next: committed };
  }
  if (committed !== undefined && committed > stored.to) throw storeIsBehind(known, committed);
  if (committed === stored.to) return settledAt(known, committed);
  return settledAt(
    known,
    endOfStored(known, committed),
    `the group's position is ${committed ?? 'lost'}, the store has all up to ${stored.to}`,
  );
}

function openOrSettled(
  known: KnownPositions,
  from: bigint,
  announcement: Announcement,
): StartPosition {
  const { stored, low, high } = known;
  if (stored === undefined && from !== low) {
    if (from < low) throw eaten(known, from);
    throw storeIsEmpty(known, from);
  }
  if (stored !== undefined && stored.to < from) throw storeIsBehind(known, from);
  // A later range was written, so this one had been finished before.
  if (stored !== undefined && stored.to > announcement.to) {
    return settledAt(
      known,
      endOfStored(known, from),
      `the range announced at ${from} is written, the store has all up to ${stored.to}`,
    );
  }
  if (stored !== undefined && stored.to > from && stored.to < announcement.to) {
    throw new PositionFault(
      `${place(known)}: the range announced from ${from} to ${announcement.to} is stored up to ${stored.to} under another end. Writing it would double messages. Look with \`keywatch verify\`.`,
    );
  }
  if (announcement.to > high) throw beyondTheLog(known, announcement.to);
  if (from >= low) return { kind: 'open', from, announcement, gone: false };
  if (stored?.to === announcement.to) return { kind: 'open', from, announcement, gone: true };
  throw eaten(known, from);
}

/** End of what is stored without a gap from the group's position on. */
function endOfStored(known: KnownPositions, from: bigint | undefined): bigint {
  const { contiguousTo, to } = known.stored ?? { contiguousTo: 0n, to: 0n };
  if (contiguousTo === to) return to;
  throw new PositionFault(
    `${place(known)}: the group's position is ${from ?? 'lost'}, and the stored ranges have a gap at ${contiguousTo} before they end at ${to}. Going on after either would lose or double messages. Look with \`keywatch verify\`, then give the gap up with \`keywatch ranges abandon ${known.topic} ${known.partition} ${contiguousTo} TO --note WHY\`.`,
  );
}

function settledAt(known: KnownPositions, next: bigint, why?: string): StartPosition {
  if (next > known.high) throw beyondTheLog(known, next);
  if (next < known.low) {
    throw new PositionFault(
      `${place(known)}: retention has removed the messages from ${next} to ${known.low} before they were written. Record the loss with \`keywatch ranges abandon ${known.topic} ${known.partition} ${next} ${known.low} --note WHY\`.`,
    );
  }
  return why === undefined ? { kind: 'settled', next } : { kind: 'settled', next, why };
}

/** Retention has passed the start of an announced range that the store doesn't have. */
export function eaten(
  known: Pick<KnownPositions, 'topic' | 'partition' | 'announcement' | 'low'>,
  from: bigint,
): PositionFault {
  return new PositionFault(
    `${place(known)}: retention has removed the start of the range announced from ${from} to ${known.announcement?.to ?? from}; the log begins at ${known.low}. It is not stored, or not all of it, and can't be read again. Record the loss with \`keywatch ranges abandon ${known.topic} ${known.partition} ${from} ${known.low} --note WHY\`.`,
  );
}

function beyondTheLog(known: KnownPositions, position: bigint): PositionFault {
  return new PositionFault(
    `${place(known)}: position ${position} is beyond the end of the log (${known.high}). Was the topic created again, or is this another cluster? Say so with \`keywatch topics adopt ${known.topic} --note WHY\`: the log is then read from its beginning, what is stored stays.`,
  );
}

function storeIsEmpty(known: KnownPositions, committed: bigint): PositionFault {
  return new PositionFault(
    `${place(known)}: the group has read up to ${committed}, but ClickHouse has no range of it. Is this the right database? If it is to be filled anew, say so with \`keywatch topics adopt ${known.topic} --note WHY\`: all that the log still has is read again.`,
  );
}

function storeIsBehind(known: KnownPositions, committed: bigint): PositionFault {
  return new PositionFault(
    `${place(known)}: the group has read up to ${committed}, but ClickHouse has ranges only up to ${known.stored?.to ?? 0n}. Was the database restored from a copy? Look with \`keywatch verify\`; give the difference up with \`keywatch ranges abandon ${known.topic} ${known.partition} ${known.stored?.to ?? 0n} ${committed} --note WHY\`.`,
  );
}

function place({ topic, partition }: Pick<KnownPositions, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}
