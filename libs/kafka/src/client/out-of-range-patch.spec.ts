import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { applyOutOfRangePatch, stopWhenOutOfRange } from './out-of-range-patch.js';

interface Group {
  groupId: string;
  preferredReadReplicasPerTopicPartition: object;
  logger: { error: () => void };
  offsetManager: { setDefaultOffset: (at: object) => Promise<void> };
  recoverFromOffsetOutOfRange(error: object): Promise<void>;
}

function newGroup(groupId: string): { group: Group; resets: object[] } {
  const require = createRequire(import.meta.url);
  const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup') as { prototype: object };
  const resets: object[] = [];
  const group = Object.assign(Object.create(ConsumerGroup.prototype) as Group, {
    groupId,
    preferredReadReplicasPerTopicPartition: {},
    logger: { error: () => undefined },
    offsetManager: {
      setDefaultOffset: (at: object) => {
        resets.push(at);
        return Promise.resolve();
      },
    },
  });
  return { group, resets };
}

describe('applyOutOfRangePatch', () => {
  it('ends a consumer of a named group without committing another position', async () => {
    applyOutOfRangePatch();
    stopWhenOutOfRange('strict');
    const { group, resets } = newGroup('strict');
    const failed = group.recoverFromOffsetOutOfRange({ topic: 't', partition: 3 });
    await expect(failed).rejects.toMatchObject({ retriable: false });
    await expect(failed).rejects.toThrow(/t\/3: the position of group strict/);
    expect(resets).toEqual([]);
  });

  it('leaves other groups as kafkajs has them', async () => {
    applyOutOfRangePatch();
    const { group, resets } = newGroup('other');
    await group.recoverFromOffsetOutOfRange({ topic: 't', partition: 3 });
    expect(resets).toEqual([{ topic: 't', partition: 3 }]);
  });
});
