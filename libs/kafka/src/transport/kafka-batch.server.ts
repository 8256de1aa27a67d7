import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Consumer, ConsumerConfig, EachBatchPayload, KafkaConfig } from 'kafkajs';
import { lastValueFrom } from 'rxjs';
import { Kafka } from '../client/kafkajs.js';
import { stopWhenOutOfRange } from '../client/out-of-range-patch.js';
import { KafkaBatchContext } from './kafka-batch.context.js';

export const KAFKA_BATCH_TRANSPORT = Symbol('KAFKA_BATCH');

export interface KafkaBatchServerOptions {
  readonly client: KafkaConfig;
  readonly consumer: ConsumerConfig;
  /** Only where the group has no position: true starts at the log's beginning. */
  readonly fromBeginning?: boolean;
  readonly partitionsConsumedConcurrently?: number;
  /**
   * What happens where the group's position is not in the log any more. kafkajs resets it, and commits that without
   * metadata: `stop` ends the consumer instead, so that nothing is skipped or forgotten silently.
   */
  readonly outOfRange?: 'reset' | 'stop';
  /** The consumer ended for good (kafkajs doesn't restart it); the process must end, or it lives on deaf. */
  readonly onFatal: (error: Error) => void;
}

/** Partitions by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/**
 * The group's generation changed, or is about to: what was known of the partitions may no longer hold. `assigned` is
 * there after a join: what this member owns now.
 */
export type EpochListener = (epoch: number, reason: string, assigned?: Assignment) => void;

/**
 * Nest transport that hands whole batches to `@OnKafkaBatch` handlers. It commits nothing by itself: stock
 * ServerKafka works message by message and commits what no handler took.
 */
export class KafkaBatchServer extends Server implements CustomTransportStrategy {
  override readonly transportId = KAFKA_BATCH_TRANSPORT;
  override readonly propagatesEventHandlerErrors = true;

  private consumer: Consumer | undefined;
  private closing: Promise<void> | undefined;
  private epoch = 0;
  private readonly epochListeners = new Set<EpochListener>();

  constructor(private readonly options: KafkaBatchServerOptions) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(
      () => {
        callback();
      },
      (error: unknown) => {
        callback(error);
      },
    );
  }

  close(): Promise<void> {
    return (this.closing ??= this.consumer?.disconnect() ?? Promise.resolve());
  }

  on(): never {
    throw new Error('KafkaBatchServer emits no events; use onEpoch() or unwrap()');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Server's signature
  unwrap<T>(): T {
    if (this.consumer === undefined) throw new Error('KafkaBatchServer is not listening');
    return this.consumer as T;
  }

  /** Calls back at every join, rebalance, stop, disconnect and crash, before the next batch arrives. */
  onEpoch(listener: EpochListener): () => void {
    this.epochListeners.add(listener);
    return () => this.epochListeners.delete(listener);
  }

  get currentEpoch(): number {
    return this.epoch;
  }

  private async start(): Promise<void> {
    // One Kafka instance per member: kafkajs shares committed offsets between the consumers of one instance.
    const consumer = new Kafka(this.options.client).consumer(this.options.consumer);
    this.consumer = consumer;
    if (this.options.outOfRange === 'stop') stopWhenOutOfRange(this.options.consumer.groupId);
    const { GROUP_JOIN, REBALANCING, STOP, DISCONNECT, CRASH } = consumer.events;
    for (const name of [GROUP_JOIN, REBALANCING, STOP, DISCONNECT, CRASH] as const) {
      consumer.on(name as typeof GROUP_JOIN, ({ payload }) => {
        this.newEpoch(name, name === GROUP_JOIN ? payload.memberAssignment : undefined);
      });
    }
    consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart) this.options.onFatal(payload.error);
    });
    await consumer.connect();
    await consumer.subscribe({
      topics: [...this.messageHandlers.keys()],
      fromBeginning: this.options.fromBeginning ?? false,
    });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.partitionsConsumedConcurrently ?? 1,
      eachBatch: (payload) => this.handleBatch(payload),
    });
  }

  private newEpoch(reason: string, assigned?: Assignment): void {
    this.epoch += 1;
    for (const listener of this.epochListeners) listener(this.epoch, reason, assigned);
  }

  private async handleBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    if (!payload.isRunning() || payload.isStale()) return;
    const handler = this.getHandlerByPattern(batch.topic);
    if (handler === null) throw new Error(`No handler for topic ${batch.topic}`);
    const context = new KafkaBatchContext([
      {
        batch,
        payload,
        epoch: this.epoch,
        currentEpoch: () => this.epoch,
        seek: (offset) => {
          this.unwrap<Consumer>().seek({ topic: batch.topic, partition: batch.partition, offset });
        },
      },
    ]);
    const result: unknown = await handler(batch.messages, context);
    await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
  }
}
