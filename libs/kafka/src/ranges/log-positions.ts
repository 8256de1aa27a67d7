import type { Admin } from 'kafkajs';
import type { LogPosition, LogPositions } from './ports.js';

/** Reads the group's positions, with their metadata, and the log's bounds from the brokers. */
export class KafkaLogPositions implements LogPositions {
  constructor(
    private readonly admin: Admin,
    private readonly groupId: string,
  ) {}

  async read(topic: string): Promise<LogPosition[]> {
    const [offsets] = await this.admin.fetchOffsets({ groupId: this.groupId, topics: [topic] });
    // Bounds after positions: what was committed can't be beyond an end that is read later.
    const bounds = await this.admin.fetchTopicOffsets(topic);
    const committed = new Map(offsets?.partitions.map((entry) => [entry.partition, entry]));
    return bounds.map(({ partition, low, high }) => {
      const entry = committed.get(partition);
      const offset = BigInt(entry?.offset ?? -1);
      return {
        partition,
        committed: offset < 0n ? undefined : offset,
        metadata: offset < 0n ? null : (entry?.metadata ?? null),
        low: BigInt(low),
        high: BigInt(high),
      };
    });
  }
}
