import type { Admin } from 'kafkajs';
import type { ReaderPartition } from '@keywatch/events';
import type { PartitionReader } from '../changelog/partition-reader.js';

/** Milliseconds without progress after which it can't be told when a message arrived. */
const STALL_MS = 5_000;

/**
 * How a consumer group stands in a topic, by partition, with the arrival of the oldest message that waits: that message
 * is read. Needs LogAppendTime on the topic.
 * @throws where the brokers can't be asked
 */
export async function readerPartitions(
  admin: Pick<Admin, 'fetchOffsets' | 'fetchTopicOffsets'>,
  reader: Pick<PartitionReader, 'first'>,
  groupId: string,
  topic: string,
): Promise<ReaderPartition[]> {
  const [own] = await admin.fetchOffsets({ groupId, topics: [topic] });
  // Ends after positions: what was committed can't be beyond an end that is read later.
  const ends = await admin.fetchTopicOffsets(topic);
  const committed = new Map(own?.partitions.map((at) => [at.partition, Number(at.offset)]));
  const found = ends.map(async ({ partition, low: first, high: next }) => {
    const [low, high] = [Number(first), Number(next)];
    const offset = committed.get(partition) ?? -1;
    const position = Math.max(low, offset);
    const waiting =
      position < high ? await reader.first(topic, partition, position, STALL_MS) : undefined;
    return {
      partition,
      low,
      high,
      committed: offset < 0 ? null : offset,
      waitingSinceMs: waiting === undefined ? null : Number(waiting.timestamp),
    };
  });
  return (await Promise.all(found)).sort((a, b) => a.partition - b.partition);
}
