import { BaseRpcContext } from '@nestjs/microservices';
import type { Batch, EachBatchPayload, KafkaMessage } from 'kafkajs';

/** What a handler may do with its batch beyond reading it. */
export interface BatchControls {
  readonly batch: Batch;
  readonly payload: EachBatchPayload;
  /** Generation of the assignment at delivery; a batch of an older one may neither commit nor resolve. */
  readonly epoch: number;
  readonly currentEpoch: () => number;
  readonly seek: (offset: string) => void;
}

/** The second argument of an `@OnKafkaBatch` handler. Nothing is committed or resolved unless the handler does so. */
export class KafkaBatchContext extends BaseRpcContext<[BatchControls]> {
  private get controls(): BatchControls {
    return this.args[0];
  }

  get topic(): string {
    return this.controls.batch.topic;
  }

  get partition(): number {
    return this.controls.batch.partition;
  }

  get batch(): Batch {
    return this.controls.batch;
  }

  /**
   * Offset that this batch was fetched from. Everything between it and the first message is without messages
   * (control records, compaction), so it says better than the first message whether something was left out.
   */
  get fetchedFrom(): string {
    // kafkajs' Batch has it, its types don't.
    return String((this.batch as Batch & { fetchedOffset: string | number }).fetchedOffset);
  }

  get epoch(): number {
    return this.controls.epoch;
  }

  get messages(): readonly KafkaMessage[] {
    return this.batch.messages;
  }

  /** Offset after the last of the batch, control records included. */
  get end(): bigint {
    return BigInt(this.batch.lastOffset()) + 1n;
  }

  get highWatermark(): bigint {
    return BigInt(this.batch.highWatermark);
  }

  /** Whether the generation of the batch is the group's, as far as this member knows. */
  ownsPartition(): boolean {
    return this.controls.epoch === this.controls.currentEpoch();
  }

  /** Whether the consumer is being closed: finish what is begun. */
  isStopping(): boolean {
    return !this.controls.payload.isRunning();
  }

  /** Whether this member still owns the partition and goes on reading where the batch ends, as far as it knows. */
  isCurrent(): boolean {
    return this.ownsPartition() && !this.isStopping() && !this.controls.payload.isStale();
  }

  /** Keeps the membership; throws when the group has moved on. */
  heartbeat(): Promise<void> {
    return this.controls.payload.heartbeat();
  }

  /** Offset after which kafkajs goes on, in this generation and after an error. */
  resolve(lastHandled: string): void {
    this.controls.payload.resolveOffset(lastHandled);
  }

  /**
   * Commits `offset` (the next to read) with metadata in one shot that throws. kafkajs' `consumer.commitOffsets` is a
   * silent no-op while stopping and may retry under a later generation, so it is not used.
   */
  async commit(offset: string, metadata = ''): Promise<void> {
    const { batch, payload } = this.controls;
    const partition = { partition: batch.partition, offset, metadata };
    await payload.commitOffsetsIfNecessary({
      topics: [{ topic: batch.topic, partitions: [partition] }],
    });
  }

  /** Stops fetching this partition until the returned function is called. */
  pause(): () => void {
    return this.controls.payload.pause();
  }

  /** The next fetch of this partition starts at `offset`; the rest of this batch is given up. */
  seek(offset: string): void {
    this.controls.seek(offset);
  }
}
