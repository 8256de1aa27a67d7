import type { Admin } from '@keywatch/kafka';
import { SourcePositions } from '../fold/ports.js';

const NONE = -1;

/** Positions as the brokers know them. */
export class KafkaSourcePositions extends SourcePositions {
  constructor(
    private readonly admin: Admin,
    private readonly groupId: string,
    private readonly topic: string,
  ) {
    super();
  }

  override async committed(partition: number): Promise<number | undefined> {
    const [topic] = await this.admin.fetchOffsets({ groupId: this.groupId, topics: [this.topic] });
    const found = topic?.partitions.find((candidate) => candidate.partition === partition);
    const offset = Number(found?.offset ?? NONE);
    return offset === NONE ? undefined : offset;
  }

  override async bounds(partition: number): Promise<{ low: number; high: number }> {
    const offsets = await this.admin.fetchTopicOffsets(this.topic);
    const found = offsets.find((candidate) => candidate.partition === partition);
    if (found === undefined) throw new Error(`${this.topic} has no partition ${partition}`);
    return { low: Number(found.low), high: Number(found.high) };
  }
}
