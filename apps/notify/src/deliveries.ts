import { decodeDeliveryEvent, encodeDeliveryEvent, TOPICS, type Delivery } from '@keywatch/events';
import { EventProducer, PartitionReader, type KafkaConfig } from '@keywatch/kafka';
import { Told } from './told.js';

/** Where attempts are recorded, and where the memory of what was told comes from. */
export abstract class Deliveries {
  abstract record(id: string, delivery: Delivery): Promise<void>;
}

/** The delivery-events topic. */
export class DeliveryTopic extends Deliveries {
  private readonly producer: EventProducer;

  constructor(private readonly client: KafkaConfig) {
    super();
    this.producer = new EventProducer(client);
  }

  connect(): Promise<void> {
    return this.producer.connect();
  }

  override async record(id: string, delivery: Delivery): Promise<void> {
    await this.producer.send(TOPICS.deliveryEvents.name, [encodeDeliveryEvent({ id, delivery })]);
  }

  /** What was told per channel, from the whole topic (30 days). */
  async told(partitions: number): Promise<Map<string, Told>> {
    const byChannel = new Map<string, Told>();
    const reader = new PartitionReader(this.client);
    try {
      for (let partition = 0; partition < partitions; partition += 1) {
        await reader.read({
          topic: TOPICS.deliveryEvents.name,
          partition,
          onRecords: (records) => {
            for (const { value, timestamp } of records)
              remember(byChannel, value, Number(timestamp));
          },
        });
      }
    } finally {
      await reader.close();
    }
    return byChannel;
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

/** Attempts that reached nobody don't count as told. */
function remember(byChannel: Map<string, Told>, value: Buffer | null, loggedMs: number): void {
  const decoded = decodeDeliveryEvent({ value });
  if (decoded.kind !== 'ok') return;
  const { alertId, channel, severity, outcome } = decoded.event.delivery;
  if (outcome !== 'sent') return;
  let told = byChannel.get(channel);
  if (told === undefined) byChannel.set(channel, (told = new Told()));
  told.add(alertId, severity, loggedMs);
}
