import type { KafkaConfig, Message, Producer, RecordMetadata } from 'kafkajs';
import { Kafka, Partitioners } from '../client/kafkajs.js';

/**
 * Sends messages and resolves when all replicas in sync have them (acks=all). Not idempotent: kafkajs then sends one
 * request at a time per broker, which cost 250 ms at p99; a repetition has the same identity and readers keep one.
 */
export class EventProducer {
  private readonly producer: Producer;
  private closing: Promise<void> | undefined;

  constructor(client: KafkaConfig) {
    this.producer = new Kafka(client).producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
  }

  connect(): Promise<void> {
    return this.producer.connect();
  }

  /** @returns per partition written to, the offset that its first message got. @throws once kafkajs' retries are used up. */
  send(topic: string, messages: readonly Message[]): Promise<RecordMetadata[]> {
    return this.producer.send({ topic, acks: -1, messages: [...messages] });
  }

  close(): Promise<void> {
    return (this.closing ??= this.producer.disconnect());
  }
}
