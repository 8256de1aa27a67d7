import { IntakeWriter } from '@keywatch/clickhouse';
import type { Contestant, Course, Running } from './contestant.js';
import type { PrebuiltRange } from './prebuilt-rows.js';

/** As many as ingest has partitions in hand at once. */
const AT_ONCE = 3;

/**
 * Only the inserts: rows that were built before the clock starts, sent by the stock client, nothing read, decoded,
 * checked or announced. What the tables and the HTTP interface can take at most.
 */
export function bareInserts(partitions: readonly (readonly PrebuiltRange[])[]): Contestant {
  return {
    id: 'bare-inserts',
    title: 'Bare inserts',
    start({ clickhouse, signal }: Course): Promise<Running> {
      const writer = new IntakeWriter(clickhouse, 'key_event_intake');
      const left = partitions.map((ranges) => [...ranges]);
      // Round the partitions, so that all are in hand as long as possible.
      const next = (): PrebuiltRange | undefined => {
        const ranges = left.shift();
        const range = ranges?.shift();
        if (ranges !== undefined && ranges.length > 0) left.push(ranges);
        return range;
      };
      const beganAt = performance.now();
      const writing = Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let range = next(); range !== undefined; range = next()) {
            await writer.write(range.bytes, range.token, { signal });
          }
        }),
      );
      const failed = writing.then(() => new Promise<never>(() => undefined));
      failed.catch(() => undefined);
      return Promise.resolve({
        beganAt,
        failed,
        why: () => Promise.resolve(''),
        async stop() {
          await writing;
        },
      });
    },
  };
}
