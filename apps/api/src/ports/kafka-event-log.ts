import { TOPICS, type OutgoingMessage } from '@keywatch/events';
import { EventProducer, type KafkaConfig } from '@keywatch/kafka';
import { within } from '@keywatch/platform';
import { EventLog, LogUnavailable, type WrittenTopic } from './event-log.js';
import { inRequests } from './in-requests.js';

/** What this log needs of a producer. */
export type Producing = Pick<EventProducer, 'connect' | 'send' | 'close'>;

/** A person's tool gives up after about half a minute: the answer must come well before. */
const APPEND_MS = 10_000;

/** Kafka, connected at the first event: the API starts, and says what is wrong, also while the brokers are away. */
export class KafkaEventLog extends EventLog {
  private connecting: Promise<void> | undefined;
  private readonly producer: Producing;

  constructor(
    client: KafkaConfig,
    private readonly limitMs = APPEND_MS,
    producer?: Producing,
  ) {
    super();
    this.producer =
      producer ??
      new EventProducer({
        ...client,
        retry: { ...client.retry, retries: 3, initialRetryTime: 200 },
      });
  }

  override async append(topic: WrittenTopic, messages: readonly OutgoingMessage[]): Promise<void> {
    try {
      await within(this.limitMs, 'Kafka', async () => {
        await this.connected();
        // One after the other: events of one key stay in the order in which they were sent.
        for (const some of inRequests(messages)) {
          await this.producer.send(TOPICS[topic].name, some);
        }
      });
    } catch (error) {
      throw new LogUnavailable(`Kafka has not acknowledged: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** Waits for what is under way. Harmless where nothing was ever sent. */
  async close(): Promise<void> {
    if (this.connecting !== undefined) await this.producer.close();
  }

  private connected(): Promise<void> {
    this.connecting ??= this.producer.connect().catch((error: unknown) => {
      this.connecting = undefined;
      throw error;
    });
    return this.connecting;
  }
}
