import { createClickHouse, type ClickHouse } from '@keywatch/clickhouse';
import { ALL_TOPICS, CONSUMER_GROUPS, TOPICS } from '@keywatch/events';
import {
  checkLogAppendTime,
  ensureTopics,
  Kafka,
  KafkaBatchServer,
  type Admin,
  type EpochListener,
  type KafkaConfig,
} from '@keywatch/kafka';
import type { ClickHouseConnection } from '@keywatch/platform';
import type { Foundation } from './ingest-lifecycle.js';

const MB = 1024 * 1024;

/** Growth at low rates comes from the fetch: it waits for this much, or this long. Closing takes up to that, too. */
const FETCH_MIN_BYTES = MB;
const FETCH_MAX_WAIT_MS = 500;
/** One fetch of one partition, compressed or not, becomes one range. */
const FETCH_PARTITION_BYTES = 32 * MB;
/** Answers of the brokers are held whole while their batches are handled. */
const FETCH_BYTES = 32 * MB;
/** Of the bytes in flight: the messages of one fetch are being inserted, those of the next built, and one is on its way. */
const FETCH_SHARE = 0.27;
/** Handlers beside each other. Builds have one queue, and bytes in flight are bounded apart from it. */
const PARTITIONS_AT_ONCE = 8;

export const INGEST_TOPICS = [TOPICS.keyEvents, TOPICS.alertEvents, TOPICS.deliveryEvents];

export interface FoundationOptions {
  readonly client: KafkaConfig;
  readonly clickhouse: ClickHouseConnection;
  readonly replicationFactor: number;
  readonly sessionMs: number;
  readonly inflightBytes: number;
  readonly onFatal: (error: Error) => void;
}

/** Connections to both sides, and the consumer that isn't started yet. */
export class IngestFoundation implements Foundation {
  private constructor(
    readonly admin: Admin,
    readonly clickhouse: ClickHouse,
    readonly server: KafkaBatchServer,
    /** Number of partitions by topic. */
    readonly partitions: ReadonlyMap<string, number>,
  ) {}

  /**
   * Connects to Kafka, creates missing topics and checks those that are there.
   * @throws RangeFault for a topic whose messages don't carry their arrival time
   */
  static async open(options: FoundationOptions): Promise<IngestFoundation> {
    // One Kafka instance per member: kafkajs shares the committed offsets between the consumers of one instance.
    const admin = new Kafka(options.client).admin();
    await admin.connect();
    await ensureTopics(admin, ALL_TOPICS, { replicationFactor: options.replicationFactor });
    const names = INGEST_TOPICS.map(({ name }) => name);
    await checkLogAppendTime(admin, names);
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    const partitions = new Map(topics.map((topic) => [topic.name, topic.partitions.length]));
    const { sessionMs, inflightBytes, onFatal } = options;
    const server = new KafkaBatchServer({
      client: options.client,
      consumer: {
        groupId: CONSUMER_GROUPS.ingest,
        sessionTimeout: sessionMs,
        heartbeatInterval: Math.min(3_000, Math.floor(sessionMs / 4)),
        minBytes: FETCH_MIN_BYTES,
        maxWaitTimeInMs: FETCH_MAX_WAIT_MS,
        maxBytesPerPartition: FETCH_PARTITION_BYTES,
        maxBytes: Math.min(FETCH_BYTES, Math.floor(inflightBytes * FETCH_SHARE)),
      },
      // Only where the group has no position; the positions are compared with the store before anything is read.
      fromBeginning: true,
      outOfRange: 'stop',
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      onFatal,
    });
    return new IngestFoundation(admin, createClickHouse(options.clickhouse), server, partitions);
  }

  onEpoch(listener: EpochListener): void {
    this.server.onEpoch(listener);
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.clickhouse.close()]);
  }
}
