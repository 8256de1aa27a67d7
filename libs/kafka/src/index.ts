export {
  AssignerProtocol,
  Kafka,
  logLevel,
  Partitioners,
  type KafkaClient,
} from './client/kafkajs.js';
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
export * from './changelog/partition-reader.js';
export { type RecordCodec } from './changelog/record-map.js';
export * from './changelog/restore.js';
export { EventProducer } from './producer/event-producer.js';
