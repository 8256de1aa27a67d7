import { createRequire } from 'node:module';

interface OutOfRange {
  readonly topic: string;
  readonly partition: number;
}
interface ConsumerGroupPrototype {
  readonly groupId: string;
  recoverFromOffsetOutOfRange: (this: ConsumerGroupPrototype, error: OutOfRange) => Promise<void>;
}

const PATCHED = Symbol.for('keywatch.kafkajs.out-of-range-patch');
const stopping = new Set<string>();

/**
 * Where a position is not in the log any more, kafkajs 2.2.4 commits the log's beginning or end instead and goes on:
 * messages are skipped or read twice, and what the commit's metadata said is gone. Groups named to
 * `stopWhenOutOfRange` crash for good instead.
 */
export function applyOutOfRangePatch(): void {
  const require = createRequire(import.meta.url);
  const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup') as {
    prototype: ConsumerGroupPrototype & { [PATCHED]?: true };
  };
  const { prototype } = ConsumerGroup;
  if (prototype[PATCHED] === true) return;
  const original = prototype.recoverFromOffsetOutOfRange;
  prototype.recoverFromOffsetOutOfRange = async function (error) {
    if (!stopping.has(this.groupId)) return original.call(this, error);
    throw Object.assign(
      new Error(
        `${error.topic}/${error.partition}: the position of group ${this.groupId} is not in the log any more. Retention has passed it, or the topic was created again. Start again to see which, and what to do.`,
      ),
      { retriable: false },
    );
  };
  prototype[PATCHED] = true;
}

/** Consumers of this group end where their position is out of range. For the whole process. */
export function stopWhenOutOfRange(groupId: string): void {
  stopping.add(groupId);
}
