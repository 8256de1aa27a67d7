import { Injectable } from '@nestjs/common';
import type { KafkaBatchContext, KafkaMessage } from '@keywatch/kafka';
import { Notifier } from './notifier.js';

/** Walks a batch of the alert-events topic: position is kept after each telling, and at the end of the batch. */
@Injectable()
export class AlertEventsService {
  constructor(private readonly notifier: Notifier) {}

  async handle(messages: readonly KafkaMessage[], context: KafkaBatchContext): Promise<void> {
    const receivedMs = performance.now();
    for (const message of messages) {
      if (!context.isCurrent()) return;
      const told = await this.notifier.handle(message, context, receivedMs);
      context.resolve(message.offset);
      if (told) await context.commit(after(message.offset));
    }
    if (!context.isCurrent()) return;
    const last = context.batch.lastOffset();
    context.resolve(last);
    await context.commit(after(last));
    await context.heartbeat();
  }
}

function after(offset: string): string {
  return String(BigInt(offset) + 1n);
}
