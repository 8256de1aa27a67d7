import { encodeAlertEvent, type AlertEvent } from '@keywatch/events';
import type { EventProducer } from '@keywatch/kafka';
import { AlertSink } from '../fold/ports.js';

/** Alerts as events on their topic, keyed by fingerprint. */
export class KafkaAlertSink extends AlertSink {
  constructor(
    private readonly producer: EventProducer,
    private readonly topic: string,
  ) {
    super();
  }

  override async publish(alerts: readonly AlertEvent[]): Promise<void> {
    await this.producer.send(this.topic, alerts.map(encodeAlertEvent));
  }
}
