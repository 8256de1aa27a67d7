import type { KafkaMessage } from 'kafkajs';
import type { Range } from './range.js';

/** A range that is announced, or may be, and not known to be written. Only this very range may be inserted. */
export interface OpenRange {
  readonly kind: 'open';
  readonly range: Range;
  /** `found`: announced by an earlier generation. `own`: by this one, so we know whether an insert was sent. */
  readonly origin: 'found' | 'own';
  /** The group's position says so for certain; else the announcement is sent (again) before any insert. */
  announced: boolean;
  /** An insert was sent, by us or perhaps by who announced it. */
  mayBeWritten: boolean;
  /** Its messages so far, where it takes several fetches. */
  collected: KafkaMessage[];
}

/** What is known of a partition in this generation. */
export type PartitionState =
  /** Nothing yet: positions are read with the first batch. */
  | { readonly kind: 'unknown' }
  | OpenRange
  /** All before `next` is written. */
  | { readonly kind: 'settled'; readonly next: bigint }
  /** The range before `next` is being inserted, all before that is written. */
  | { readonly kind: 'writing'; readonly next: bigint }
  /** Stopped before `next` until the process is started again. */
  | { readonly kind: 'held'; readonly next: bigint };

export const UNKNOWN: PartitionState = { kind: 'unknown' };

/** Offset of the next message that is needed; undefined while nothing is known. */
export function neededOffset(state: PartitionState): bigint | undefined {
  switch (state.kind) {
    case 'unknown':
      return undefined;
    case 'settled':
    case 'writing':
    case 'held':
      return state.next;
    case 'open': {
      const last = state.collected.at(-1);
      return last === undefined ? state.range.from : BigInt(last.offset) + 1n;
    }
  }
}

/** Whether all before `next` is written, or on its way. */
export function hasNext(
  state: PartitionState,
): state is Extract<PartitionState, { kind: 'settled' | 'writing' }> {
  return state.kind === 'settled' || state.kind === 'writing';
}
