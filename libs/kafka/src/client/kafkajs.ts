import { applyEmptyBatchPatch } from './empty-batch-patch.js';
import { applyOutOfRangePatch } from './out-of-range-patch.js';
import { applyTimerPatch } from './timer-patch.js';

// Before anything else loads kafkajs: everything, tests too, takes Kafka from here.
applyEmptyBatchPatch();
applyTimerPatch();
applyOutOfRangePatch();

const kafkajs = await import('kafkajs');

export const {
  Kafka,
  logLevel,
  Partitioners,
  AssignerProtocol,
  KafkaJSNonRetriableError,
  ConfigResourceTypes,
} = kafkajs.default;
export type { Kafka as KafkaClient } from 'kafkajs';
