import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { applyFairFetchPatch, inTurn } from './fair-fetch-patch.js';

interface Group {
  findReadReplicaForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  filterPartitionsByNode(node: string, all: object[]): { topic: string; partitions: number[] }[];
}

const ASSIGNED = [
  { topic: 'a', partitions: [0, 1, 2] },
  { topic: 'b', partitions: [5] },
];

describe('inTurn', () => {
  it('lets every partition of every topic be the first one', () => {
    const firsts = Array.from({ length: 6 }, (_, turn) => {
      const [first] = inTurn(ASSIGNED, turn);
      return `${first?.topic}${first?.partitions[0]}`;
    });
    expect(firsts).toEqual(['a0', 'b5', 'a1', 'b5', 'a2', 'b5']);
  });

  it('leaves nothing out and adds nothing', () => {
    for (let turn = 0; turn < 10; turn += 1) {
      const all = inTurn(ASSIGNED, turn).flatMap(({ topic, partitions }) =>
        partitions.map((partition) => `${topic}${partition}`),
      );
      expect(all.sort()).toEqual(['a0', 'a1', 'a2', 'b5']);
    }
    expect(inTurn([], 3)).toEqual([]);
    expect(inTurn([{ topic: 'a', partitions: [] }], 3)).toEqual([{ topic: 'a', partitions: [] }]);
  });
});

describe('applyFairFetchPatch', () => {
  it('begins each fetch from a broker with another partition than the last', () => {
    applyFairFetchPatch();
    applyFairFetchPatch();
    const require = createRequire(import.meta.url);
    const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup') as { prototype: object };
    const group = Object.assign(Object.create(ConsumerGroup.prototype) as Group, {
      findReadReplicaForPartitions: (_: string, partitions: number[]) => ({
        one: partitions,
        two: [],
      }),
    });
    const first = (): string => {
      const [found] = group.filterPartitionsByNode('one', ASSIGNED);
      return `${found?.topic}${found?.partitions[0]}`;
    };
    expect([first(), first(), first()]).toEqual(['a0', 'b5', 'a1']);
    expect(group.filterPartitionsByNode('two', ASSIGNED)).toEqual([
      { topic: 'a', partitions: [] },
      { topic: 'b', partitions: [] },
    ]);
    expect(first()).toBe('b5');
  });
});
