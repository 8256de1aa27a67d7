export {
  AssignerProtocol,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  Partitioners,
  type KafkaClient,
} from './client/kafkajs.js';
export { createTopics, type CreateTopicsOptions } from './client/create-topics.js';
export { readerPartitions } from './client/reader-partitions.js';
export { ensureTopics, type EnsureTopicsOptions } from './client/topics.js';
export { KafkaBatchContext, type BatchControls } from './transport/kafka-batch.context.js';
export {
  KAFKA_BATCH_TRANSPORT,
  KafkaBatchServer,
  type Assignment,
  type EpochListener,
  type KafkaBatchServerOptions,
} from './transport/kafka-batch.server.js';
export { OnKafkaBatch } from './transport/on-kafka-batch.decorator.js';
export type { Admin, Batch, Consumer, KafkaConfig, KafkaMessage, Message, Producer } from 'kafkajs';
export * from './changelog/changelog-log.js';
export * from './changelog/changelog-partition.js';
export { META_PREFIX, type ChangelogRecord } from './changelog/changelog-record.js';
export { messagesAt } from './changelog/messages-at.js';
export * from './changelog/partition-reader.js';
export { type RecordCodec } from './changelog/record-map.js';
export * from './changelog/restore.js';
export { EventProducer } from './producer/event-producer.js';
export { BuildQueue } from './ranges/build-queue.js';
export { ByteBudget } from './ranges/byte-budget.js';
export {
  decodeAnnouncement,
  encodeAnnouncement,
  type Announcement,
} from './ranges/announcement.js';
export { RANGE_LIMITS, type RangeLimits } from './ranges/cut.js';
export { HoldPartition, PositionFault, RangeFault } from './ranges/errors.js';
export { Gate } from './ranges/gate.js';
export { KafkaLogPositions } from './ranges/log-positions.js';
export * from './ranges/ports.js';
export { nameOf, tokenOf, type MessageRange, type Range } from './ranges/range.js';
export {
  RangeProtocol,
  type AnnouncedRange,
  type RangeProtocolOptions,
} from './ranges/range-protocol.js';
export { READ_RETRY, retryRead, type ReadRetry } from './ranges/retry-read.js';
export { checkLogAppendTime } from './ranges/topic-checks.js';
