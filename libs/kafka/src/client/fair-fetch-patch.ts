import { createRequire } from 'node:module';

interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}
interface ConsumerGroupPrototype {
  filterPartitionsByNode: (
    this: ConsumerGroupPrototype,
    nodeId: string,
    assigned: readonly TopicPartitions[],
  ) => readonly TopicPartitions[];
}

const PATCHED = Symbol.for('keywatch.kafkajs.fair-fetch-patch');

/**
 * kafkajs 2.2.4 asks for partitions in the same order with every fetch. A broker fills its answer in that order, so while
 * the first has a backlog of more than one answer, nothing comes of the others: one partition, and one topic, after the
 * other. Here every fetch begins with another topic and another partition than the one before.
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-74 clients are to change the order
 */
export function applyFairFetchPatch(): void {
  const require = createRequire(import.meta.url);
  const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup') as {
    prototype: ConsumerGroupPrototype & { [PATCHED]?: true };
  };
  const { prototype } = ConsumerGroup;
  if (prototype[PATCHED] === true) return;
  const original = prototype.filterPartitionsByNode;
  const fetches = new WeakMap<object, Map<string, number>>();
  // Called once for each fetch from a broker.
  prototype.filterPartitionsByNode = function (nodeId, assigned) {
    const byNode = fetches.get(this) ?? new Map<string, number>();
    fetches.set(this, byNode);
    const turn = byNode.get(nodeId) ?? 0;
    byNode.set(nodeId, turn + 1);
    return inTurn(original.call(this, nodeId, assigned), turn);
  };
  prototype[PATCHED] = true;
}

/** All topics in turn begin, and each, when it does, with its next partition. */
export function inTurn(all: readonly TopicPartitions[], turn: number): TopicPartitions[] {
  const round = Math.floor(turn / Math.max(1, all.length));
  return rotated(all, turn).map(({ topic, partitions }) => ({
    topic,
    partitions: rotated(partitions, round),
  }));
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
