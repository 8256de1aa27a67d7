import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { KafkaBatchContext, type BatchControls } from '@keywatch/kafka';
import { AlertEventsController } from './alert-events.controller.js';
import { type Notifier } from './notifier.js';
import { NotifyModule } from './notify.module.js';

interface Committed {
  offset: string;
}

function contextOver(
  offsets: string[],
  committed: Committed[],
  resolved: string[],
  lastOffset: string,
): KafkaBatchContext {
  const payload = {
    isRunning: () => true,
    isStale: () => false,
    heartbeat: () => Promise.resolve(),
    resolveOffset: (offset: string) => resolved.push(offset),
    commitOffsetsIfNecessary: ({ topics }: { topics: { partitions: Committed[] }[] }) => {
      committed.push({ offset: topics[0]?.partitions[0]?.offset ?? '' });
      return Promise.resolve();
    },
  };
  const batch = {
    topic: 't',
    partition: 0,
    messages: offsets.map((offset) => ({ offset })),
    lastOffset: () => lastOffset,
  };
  const controls = { batch, payload, epoch: 1, currentEpoch: () => 1, seek: () => undefined };
  return new KafkaBatchContext([controls as unknown as BatchControls]);
}

describe('NotifyModule', () => {
  it('hands each message to the notifier and keeps its position after each telling', async () => {
    const handled: string[] = [];
    const notifier = {
      handle: (message: { offset: string }) => {
        handled.push(message.offset);
        return Promise.resolve(message.offset === '6');
      },
    };
    const module = await Test.createTestingModule({
      imports: [NotifyModule.for(notifier as unknown as Notifier)],
    }).compile();
    const committed: Committed[] = [];
    const resolved: string[] = [];
    const context = contextOver(['5', '6', '7'], committed, resolved, '9');
    await module.get(AlertEventsController).handle(context.batch.messages, context);
    expect(handled).toEqual(['5', '6', '7']);
    expect(committed.map(({ offset }) => offset)).toEqual(['7', '10']);
    expect(resolved).toEqual(['5', '6', '7', '9']);
  });
});
