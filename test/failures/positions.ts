import type { LogPartition } from '@keywatch/clickhouse';
import { CONSUMER_GROUPS, TOPICS } from '@keywatch/events';
import { Kafka, type Admin, type KafkaConfig } from '@keywatch/kafka';

/** Topics that ingest stores. */
export const STORED_TOPICS = [
  TOPICS.keyEvents.name,
  TOPICS.alertEvents.name,
  TOPICS.deliveryEvents.name,
] as const;

/** A partition as the broker tells it, with the range that its group has announced and not acknowledged. */
export interface GroupPosition extends LogPartition {
  /** Empty: no range is open. */
  readonly announced: string;
}

/** Uses a connection of its own: one that was open when the broker was killed may be of no use any more. */
export async function withAdmin<T>(
  client: KafkaConfig,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = new Kafka({ ...client, retry: { retries: 1 } }).admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Where a group stands in each partition of the topics, and the log's bounds. */
export async function positionsOf(
  admin: Admin,
  groupId: string = CONSUMER_GROUPS.ingest,
  topics: readonly string[] = STORED_TOPICS,
): Promise<GroupPosition[]> {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
  const positions: GroupPosition[] = [];
  for (const topic of topics) {
    const own = committed.find((entry) => entry.topic === topic)?.partitions ?? [];
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const found = own.find((entry) => entry.partition === partition);
      const offset = Number(found?.offset ?? -1);
      positions.push({
        topic,
        partition,
        start: Number(low),
        end: Number(high),
        committed: offset < 0 ? undefined : offset,
        announced: found?.metadata ?? '',
      });
    }
  }
  return positions;
}

/** Whether all that is in the log is acknowledged and nothing is announced. */
export const atTheEnd = (positions: readonly GroupPosition[]): boolean =>
  positions.every(
    ({ end, committed, announced }) => end === 0 || (committed === end && announced === ''),
  );
