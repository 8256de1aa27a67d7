import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { TOPICS } from '@keywatch/events';
import { type KafkaBatchContext, type EpochListener } from '@keywatch/kafka';
import { IngestStatus } from '../observe/ingest-status.js';
import { IngestRanges } from './ingest-ranges.js';
import { IngestController } from './ingest.controller.js';
import { IngestModule } from './ingest.module.js';

/** Protocols that only say what they were asked. */
function doubles() {
  const asked: string[] = [];
  const protocol = (name: string) => ({
    handle: ({ topic }: KafkaBatchContext) => Promise.resolve(void asked.push(`${name} ${topic}`)),
    newEpoch: (partitions: readonly number[]) => asked.push(`${name} epoch ${partitions.join()}`),
    drain: () => Promise.resolve(void asked.push(`${name} drain`)),
    openRanges: () => Promise.resolve([]),
  });
  const [keys, alerts, deliveries] = ['keys', 'alerts', 'deliveries'].map(protocol);
  const ranges = new IngestRanges(keys as never, alerts as never, deliveries as never);
  const listeners: EpochListener[] = [];
  const foundation = {
    onEpoch: (listener: EpochListener) => listeners.push(listener),
    close: () => Promise.resolve(void asked.push('close')),
  };
  return { asked, ranges, listeners, foundation, status: new IngestStatus() };
}

describe('IngestModule', () => {
  it('compiles, and gives each topic to its protocol', async () => {
    const { asked, ranges, foundation, status } = doubles();
    const module = await Test.createTestingModule({
      imports: [IngestModule.of({ ranges, status, foundation })],
    }).compile();
    const controller = module.get(IngestController);
    const context = (topic: string): KafkaBatchContext => ({ topic }) as KafkaBatchContext;
    await controller.keyEvents(context(TOPICS.keyEvents.name));
    await controller.alertEvents(context(TOPICS.alertEvents.name));
    await controller.deliveryEvents(context(TOPICS.deliveryEvents.name));
    expect(asked).toEqual([
      `keys ${TOPICS.keyEvents.name}`,
      `alerts ${TOPICS.alertEvents.name}`,
      `deliveries ${TOPICS.deliveryEvents.name}`,
    ]);
    expect(() => ranges.handle(context('another'))).toThrow('does not read another');
  });

  it('follows the group, and drains before the consumer leaves and the connections close', async () => {
    const { asked, ranges, listeners, foundation, status } = doubles();
    const module = await Test.createTestingModule({
      imports: [IngestModule.of({ ranges, status, foundation })],
    }).compile();
    await module.init();
    status.fine('start');
    expect(status.problems).toEqual(['not a member of the consumer group']);
    listeners[0]?.(1, 'consumer.group_join', { [TOPICS.alertEvents.name]: [1] });
    expect(status.problems).toEqual([]);
    expect(asked).toEqual(['keys epoch ', 'alerts epoch 1', 'deliveries epoch ']);
    listeners[0]?.(2, 'consumer.rebalancing');
    expect(status.problems).toHaveLength(1);
    asked.length = 0;
    await module.close();
    expect(asked).toEqual(['keys drain', 'alerts drain', 'deliveries drain', 'close']);
  });
});
