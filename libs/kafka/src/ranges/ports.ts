import type { KafkaMessage } from 'kafkajs';
import type { MessageRange, Range } from './range.js';

export interface WriteControls {
  /** Aborted when the partition is lost; the range is then finished by its next owner. */
  readonly signal: AbortSignal;
  /** Call after each failed try: keeps the membership, throws when it is lost. */
  readonly onRetry: () => Promise<void>;
}

/** Where ranges go. */
export interface RangeSink<Built> {
  /**
   * Makes the rows of a range. A pure function of its messages and the log behind it: after a crash the same range
   * must give the same rows. Long work gives way to the event loop now and then, for heartbeats.
   * @throws HoldPartition where the range must not be written
   */
  build(range: MessageRange, signal: AbortSignal): Promise<Built> | Built;
  /** Writes all rows as one insert under `token`; returns once they are in. Retries what may pass by itself. */
  write(built: Built, token: string, controls: WriteControls): Promise<void>;
}

/** What the protocol needs of a batch; KafkaBatchContext is one. */
export interface RangeContext {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
  /** Where the fetch began: at or before the first message, with control records between. */
  readonly fetchedFrom: string;
  /** Offset after the last of the batch, control records included. */
  readonly end: bigint;
  readonly highWatermark: bigint;
  /** Whether this member still owns the partition in the generation of the batch. */
  ownsPartition(): boolean;
  /** The consumer is being closed: finish, begin nothing new. */
  isStopping(): boolean;
  heartbeat(): Promise<void>;
  resolve(lastHandled: string): void;
  commit(offset: string, metadata?: string): Promise<void>;
  pause(): () => void;
  seek(offset: string): void;
}

/** Position of the group in one partition, and the bounds of the log. */
export interface LogPosition {
  readonly partition: number;
  /** undefined where the group has none. */
  readonly committed: bigint | undefined;
  readonly metadata: string | null;
  readonly low: bigint;
  readonly high: bigint;
}

export interface LogPositions {
  /** Positions of all partitions of a topic. Must be read after the group has joined. */
  read(topic: string): Promise<readonly LogPosition[]>;
}

export interface StoredPositions {
  readonly partition: number;
  readonly contiguousTo: bigint;
  readonly to: bigint;
}

/** What the store has of a range. */
export type ReadBack = 'all' | 'nothing' | 'part';

export interface StoredRanges {
  /** Per partition of a topic how far ranges are stored; a partition without any is left out. */
  positions(topic: string): Promise<readonly StoredPositions[]>;
  /** Whether the rows of a range are there, wherever they may be. */
  readBack(range: Range): Promise<ReadBack>;
}

/** Steps of the protocol, in the order of a new range; failure tests kill the process after each. */
export const RANGE_STEPS = ['announced', 'resolved', 'built', 'inserted', 'acknowledged'] as const;
export type RangeStep = (typeof RANGE_STEPS)[number];

/** Told of what happens, for logs, metrics and failure tests. */
export interface RangeObserver {
  step?(step: RangeStep, topic: string, partition: number): void;
  /** A range is in. `behind`: messages in the log after it. */
  written?(range: Range, facts: { readonly behind: bigint; readonly again: boolean }): void;
  /** Reading of a partition starts. */
  started?(topic: string, partition: number, from: bigint, why: string): void;
  /** A partition waits for memory, or goes on. */
  waiting?(topic: string, partition: number, waits: boolean): void;
  /** A partition stopped before `at` and stays so. */
  held?(topic: string, partition: number, at: bigint, reason: string): void;
}
