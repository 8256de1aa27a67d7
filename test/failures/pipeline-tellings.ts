import { decodeAlertEvent, TOPICS, type AlertEvent } from '@keywatch/events';
import { PartitionReader } from '@keywatch/kafka';
import type { FailureStack } from './stack.js';

/** What the log of alerts has of the pipeline's check, in order. */
export async function tellings(stack: FailureStack): Promise<AlertEvent['alert'][]> {
  const reader = new PartitionReader(stack.client);
  const found: AlertEvent['alert'][] = [];
  try {
    for (let partition = 0; partition < TOPICS.alertEvents.partitions; partition += 1) {
      await reader.read({
        topic: TOPICS.alertEvents.name,
        partition,
        onRecords: (records) => {
          for (const { value } of records) {
            const decoded = decodeAlertEvent({ value });
            if (decoded.kind === 'ok' && decoded.event.alert.rule === 'pipeline-gap')
              found.push(decoded.event.alert);
          }
        },
      });
    }
  } finally {
    await reader.close();
  }
  return found;
}

/** Subject and state of each. */
export const told = (alerts: readonly AlertEvent['alert'][]): string[] =>
  alerts.map(({ keyId, evidence }) => `${keyId} ${String(evidence.facts['state'])}`);
