import type { LogPartition } from '@keywatch/clickhouse';
import { CONSUMER_GROUPS, TOPICS } from '@keywatch/events';
import type { Admin } from '@keywatch/kafka';

/** Topics that ingest stores. */
export const STORED_TOPICS = [
  TOPICS.keyEvents.name,
  TOPICS.alertEvents.name,
  TOPICS.deliveryEvents.name,
] as const;

/** What the broker says of the stored topics: bounds of the log, and ingest's committed offsets. */
export async function logPartitions(admin: Admin): Promise<LogPartition[]> {
  const committed = await admin.fetchOffsets({
    groupId: CONSUMER_GROUPS.ingest,
    topics: [...STORED_TOPICS],
  });
  const partitions: LogPartition[] = [];
  for (const topic of STORED_TOPICS) {
    const own = committed.find((entry) => entry.topic === topic)?.partitions ?? [];
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const offset = Number(own.find((entry) => entry.partition === partition)?.offset ?? -1);
      partitions.push({
        topic,
        partition,
        start: Number(low),
        end: Number(high),
        committed: offset < 0 ? undefined : offset,
      });
    }
  }
  return partitions;
}
