import { codecs } from './codecs.js';
import { applyEmptyBatchPatch } from './empty-batch-patch.js';
import { applyFairFetchPatch } from './fair-fetch-patch.js';
import { applyOutOfRangePatch } from './out-of-range-patch.js';
import { applyRecordPatch } from './record-patch.js';
import { applyResponsePatch } from './response-patch.js';
import { applyTimerPatch } from './timer-patch.js';

// Before anything else loads kafkajs: everything, tests too, takes Kafka from here.
applyRecordPatch();
applyEmptyBatchPatch();
applyTimerPatch();
applyOutOfRangePatch();
applyFairFetchPatch();
applyResponsePatch();

const kafkajs = await import('kafkajs');

// kafkajs knows gzip only; a batch packed otherwise would end the consumer.
const packing = kafkajs.default.CompressionCodecs as unknown as Record<number, () => unknown>;
for (const [id, codec] of Object.entries(codecs())) packing[Number(id)] = () => codec;

export const {
  Kafka,
  logLevel,
  Partitioners,
  AssignerProtocol,
  KafkaJSNonRetriableError,
  KafkaJSProtocolError,
  ConfigResourceTypes,
  CompressionTypes,
} = kafkajs.default;
export type { Kafka as KafkaClient } from 'kafkajs';
