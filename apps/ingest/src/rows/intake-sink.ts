import type { IntakeWriter, InsertRetry } from '@keywatch/clickhouse';
import {
  retryRead,
  type MessageRange,
  type RangeSink,
  type ReadRetry,
  type WriteControls,
} from '@keywatch/kafka';
import { FloodGuard, type FloodLimits } from '../flood/flood-guard.js';
import { IdentitySet, type Horizon } from '../identity/identity-set.js';
import { buildRange, type BuiltRange } from './build-range.js';
import type { TopicRows } from './topic-rows.js';

/** What the store knows of the messages before a range. */
export interface StoredIdentities {
  read(
    topic: string,
    partition: number,
    from: number,
    before: number,
    signal: AbortSignal,
  ): AsyncIterable<
    readonly {
      readonly identity: string;
      readonly crc: number;
      readonly offset: number;
      readonly logTimeMs: number;
    }[]
  >;
}

/** Told of what becomes of ranges. */
export interface SinkObserver {
  inserted(topic: string, partition: number, built: BuiltRange, seconds: number): void;
  retrying(topic: string, partition: number, retry: InsertRetry): void;
  warmed(topic: string, partition: number, identities: number, seconds: number): void;
}

export interface IntakeSinkOptions<E> {
  readonly rows: TopicRows<E>;
  readonly writer: Pick<IntakeWriter, 'write'>;
  readonly identities: StoredIdentities;
  readonly horizon: Horizon;
  /** undefined: dead letters never stop a partition. */
  readonly flood: FloodLimits | undefined;
  readonly observer: SinkObserver;
  readonly retry?: ReadRetry;
}

/** A range on its way into the intake. */
export interface IntakeRange extends BuiltRange {
  readonly topic: string;
  readonly partition: number;
}

interface PartitionMemory {
  readonly identities: IdentitySet;
  readonly flood: FloodGuard | undefined;
}

/** Makes rows of one topic's ranges and writes them into its intake. */
export class IntakeSink<E> implements RangeSink<IntakeRange> {
  private readonly memories = new Map<number, PartitionMemory>();

  constructor(private readonly options: IntakeSinkOptions<E>) {}

  async build(range: MessageRange, signal: AbortSignal): Promise<IntakeRange> {
    const { topic, partition } = range;
    const { identities, flood } = this.memory(partition);
    await this.knowBefore(range, identities, signal);
    const built = await buildRange(range, this.options.rows, identities, flood, signal);
    return { topic, partition, ...built };
  }

  async write(built: IntakeRange, token: string, controls: WriteControls): Promise<void> {
    const { writer, observer } = this.options;
    const { topic, partition } = built;
    const start = performance.now();
    await writer.write(built.bytes, token, {
      signal: controls.signal,
      onRetry: async (retry) => {
        observer.retrying(topic, partition, retry);
        await controls.onRetry();
      },
    });
    observer.inserted(topic, partition, built, (performance.now() - start) / 1000);
  }

  /** The set may be kept from before if it knows the log up to where the range begins; else it is read anew. */
  private async knowBefore(
    { topic, partition, from }: MessageRange,
    identities: IdentitySet,
    signal: AbortSignal,
  ): Promise<void> {
    const at = Number(from);
    if (identities.rewindTo(at)) return;
    const start = performance.now();
    const first = identities.warmFrom(at);
    await retryRead(
      async () => {
        identities.reset(first);
        const stored = this.options.identities.read(topic, partition, first, at, signal);
        for await (const batch of first < at ? stored : []) {
          for (const { identity, crc, offset, logTimeMs } of batch) {
            identities.add(identity, crc, offset, logTimeMs);
          }
        }
      },
      signal,
      this.options.retry,
    );
    identities.reached(at);
    const seconds = (performance.now() - start) / 1000;
    this.options.observer.warmed(topic, partition, identities.size, seconds);
  }

  private memory(partition: number): PartitionMemory {
    let memory = this.memories.get(partition);
    if (memory === undefined) {
      const { horizon, flood } = this.options;
      memory = {
        identities: new IdentitySet(horizon),
        flood: flood === undefined ? undefined : new FloodGuard(flood),
      };
      this.memories.set(partition, memory);
    }
    return memory;
  }
}
