import { decodeAlertEvent, TOPICS } from '@keywatch/events';
import { Kafka } from '@keywatch/kafka';
import type { BenchStack } from '../kit/stack.js';

/** A consumer of the alert-events topic, as notify is one. */
export interface AlertWatch {
  /** When the first telling about each key was in a reader's hands, as performance.now() tells it. */
  readonly seenAt: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export async function watchAlerts(stack: BenchStack): Promise<AlertWatch> {
  const seenAt = new Map<string, number>();
  const consumer = new Kafka(stack.client).consumer({
    groupId: 'bench-alerts',
    minBytes: 1,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
  });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => {
      resolve();
    });
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPICS.alertEvents.name], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: TOPICS.alertEvents.partitions,
    eachBatch({ batch }) {
      const now = performance.now();
      for (const message of batch.messages) {
        const decoded = decodeAlertEvent(message);
        if (decoded.kind !== 'ok') throw new Error(`Not an alert: ${decoded.reason}`);
        const { keyId } = decoded.event.alert;
        if (!seenAt.has(keyId)) seenAt.set(keyId, now);
      }
      return Promise.resolve();
    },
  });
  await joined;
  return { seenAt, stop: () => consumer.disconnect() };
}
