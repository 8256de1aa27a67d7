import { applyEmptyBatchPatch } from './empty-batch-patch.js';
import { applyTimerPatch } from './timer-patch.js';

// Before anything else loads kafkajs: everything, tests too, takes Kafka from here.
applyEmptyBatchPatch();
applyTimerPatch();

const kafkajs = await import('kafkajs');

export const { Kafka, logLevel, Partitioners, AssignerProtocol, KafkaJSNonRetriableError } =
  kafkajs.default;
export type { Kafka as KafkaClient } from 'kafkajs';
