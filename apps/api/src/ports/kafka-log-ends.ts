import type { LogEnd } from '@keywatch/events';
import { Kafka, type Admin, type KafkaConfig } from '@keywatch/kafka';
import { LogEnds } from './log-ends.js';
import { within } from './within.js';

/** What this port needs of kafkajs' admin client. */
export type Offsets = Pick<Admin, 'connect' | 'disconnect' | 'fetchTopicOffsets' | 'fetchOffsets'>;

/** A report waits this long before it says that its completeness is unknown. */
const READ_MS = 3_000;

export class KafkaLogEnds extends LogEnds {
  private connecting: Promise<void> | undefined;
  private readonly admin: Offsets;

  constructor(
    client: KafkaConfig,
    private readonly limitMs = READ_MS,
    admin?: Offsets,
  ) {
    super();
    this.admin =
      admin ??
      new Kafka({
        ...client,
        retry: { ...client.retry, retries: 2, initialRetryTime: 100 },
      }).admin();
  }

  override read(topic: string): Promise<LogEnd[]> {
    return within(this.limitMs, 'Kafka', async () => {
      await this.connected();
      const ends = await this.admin.fetchTopicOffsets(topic);
      return ends
        .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
        .sort((a, b) => a.partition - b.partition);
    });
  }

  override committed(group: string, topic: string): Promise<Map<number, number>> {
    return within(this.limitMs, 'Kafka', async () => {
      await this.connected();
      const [own] = await this.admin.fetchOffsets({ groupId: group, topics: [topic] });
      return new Map(
        (own?.partitions ?? [])
          .map(({ partition, offset }) => [partition, Number(offset)] as const)
          .filter(([, offset]) => offset >= 0),
      );
    });
  }

  async close(): Promise<void> {
    if (this.connecting !== undefined) await this.admin.disconnect();
  }

  private connected(): Promise<void> {
    this.connecting ??= this.admin.connect().catch((error: unknown) => {
      this.connecting = undefined;
      throw error;
    });
    return this.connecting;
  }
}
