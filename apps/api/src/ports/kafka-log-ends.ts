import type { LogEnd, ReaderPartition } from '@keywatch/events';
import {
  Kafka,
  PartitionReader,
  readerPartitions,
  type Admin,
  type KafkaConfig,
} from '@keywatch/kafka';
import { within } from '@keywatch/platform';
import { LogEnds } from './log-ends.js';

/** What this port needs of kafkajs' admin client. */
export type Offsets = Pick<Admin, 'connect' | 'disconnect' | 'fetchTopicOffsets' | 'fetchOffsets'>;

/** What it needs to know when a message arrived. */
export type Messages = Pick<PartitionReader, 'first' | 'close'>;

/** A report waits this long before it says that its completeness is unknown. */
const READ_MS = 3_000;

export class KafkaLogEnds extends LogEnds {
  private connecting: Promise<void> | undefined;
  private readonly admin: Offsets;

  constructor(
    client: KafkaConfig,
    private readonly limitMs = READ_MS,
    admin?: Offsets,
    private readonly messages: Messages = new PartitionReader(client),
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

  override reader(group: string, topic: string): Promise<ReaderPartition[]> {
    return within(this.limitMs, 'Kafka', async () => {
      await this.connected();
      return readerPartitions(this.admin, this.messages, group, topic);
    });
  }

  async close(): Promise<void> {
    await this.messages.close();
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
