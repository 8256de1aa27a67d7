import { createEngine, RULES, type KeyRecord } from '@keywatch/detection';
import { decodeAlertEvent, decodeKeyEvent, TOPICS, type TopicDefinition } from '@keywatch/events';
import { PartitionReader, type KafkaConfig } from '@keywatch/kafka';

type LogRecord = Parameters<Parameters<PartitionReader['read']>[0]['onRecords']>[0][number];

async function readAll(
  client: KafkaConfig,
  { name, partitions }: TopicDefinition,
  each: (record: LogRecord, partition: number) => void,
): Promise<void> {
  const reader = new PartitionReader(client);
  try {
    for (let partition = 0; partition < partitions; partition += 1) {
      const onRecords = (records: readonly LogRecord[]): void => {
        for (const record of records) each(record, partition);
      };
      await reader.read({ topic: name, partition, onRecords });
    }
  } finally {
    await reader.close();
  }
}

/** Ids of the alerts that detect told, each once, however often it told them. */
export async function toldAlerts(client: KafkaConfig): Promise<Set<string>> {
  const ids = new Set<string>();
  await readAll(client, TOPICS.alertEvents, (message) => {
    const decoded = decodeAlertEvent(message);
    if (decoded.kind !== 'ok') throw new Error(`not an alert: ${JSON.stringify(decoded)}`);
    ids.add(decoded.event.alert.alertId);
  });
  return ids;
}

/** Ids of the alerts that a run without any disturbance tells: the rules over the log, partition by partition. */
export async function undisturbedAlerts(client: KafkaConfig): Promise<Set<string>> {
  const engine = createEngine({ rules: RULES });
  const records = new Map<string, KeyRecord>();
  const ids = new Set<string>();
  await readAll(client, TOPICS.keyEvents, (message, partition) => {
    const decoded = decodeKeyEvent(message);
    if (decoded.kind !== 'ok') return;
    const key = `${partition}/${engine.recordKey(decoded.event)}`;
    const { record, alerts } = engine.fold(records.get(key), decoded.event, {
      partition,
      offset: Number(message.offset),
      logTimeMs: Number(message.timestamp),
    });
    records.set(key, record);
    for (const { alert } of alerts) ids.add(alert.alertId);
  });
  return ids;
}
