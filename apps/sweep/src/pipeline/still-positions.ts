import type { Reader } from '@keywatch/detection';
import type { ReaderFacts } from './ports.js';

/** Since when positions stand still while messages wait, from one look to the next. */
export class StillPositions {
  private readonly at = new Map<string, { readonly committed: number | null; sinceMs: number }>();

  /** @param nowMs when the facts were asked for */
  seen({ app, topic, partitions }: ReaderFacts, nowMs: number): Reader {
    return {
      app,
      topic,
      partitions: partitions.map((partition) => {
        const name = `${app}/${topic}/${partition.partition}`;
        const { committed, waitingSinceMs } = partition;
        const before = this.at.get(name);
        if (waitingSinceMs === null) this.at.delete(name);
        else if (before?.committed !== committed) {
          this.at.set(name, { committed, sinceMs: nowMs });
        }
        const sinceMs = this.at.get(name)?.sinceMs;
        return { ...partition, stillSinceMs: sinceMs ?? null };
      }),
    };
  }
}
