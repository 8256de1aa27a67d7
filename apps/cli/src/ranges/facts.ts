import { storedPositions, storedRanges, type ClickHouse } from '@keywatch/clickhouse';
import type { Connections } from '../direct/connections.js';
import { logPartitions } from '../direct/log-partitions.js';
import type { PartitionFacts, Stretch } from './plan.js';

/** A partition with the arrival time of its last stored message, in ms since 1970; 0: nothing is stored. */
export type KnownPartition = PartitionFacts & { readonly lastLogTimeMs: number };

/** What is known of a topic's partitions. */
export async function factsOf(
  { admin, clickhouse }: Pick<Connections, 'admin' | 'clickhouse'>,
  topic: string,
): Promise<KnownPartition[]> {
  const stored = await storedPositions(clickhouse, topic);
  const own = (await logPartitions(admin)).filter((partition) => partition.topic === topic);
  return Promise.all(
    own.map(async ({ partition, start, end, committed }) => {
      const position = stored.find((entry) => entry.partition === partition);
      const facts = { topic, partition, start, end, committed };
      if (position === undefined) return { ...facts, stored: undefined, lastLogTimeMs: 0 };
      const { contiguousTo, to, lastLogTimeMs } = position;
      const gapTo =
        contiguousTo === to
          ? undefined
          : await firstAfter(clickhouse, topic, partition, contiguousTo);
      return { ...facts, stored: { contiguousTo, gapTo, to }, lastLogTimeMs };
    }),
  );
}

/** Start of the first range beyond an offset; ranges come in order of position. */
async function firstAfter(
  clickhouse: ClickHouse,
  topic: string,
  partition: number,
  offset: number,
): Promise<number | undefined> {
  for await (const { from } of storedRanges(clickhouse, topic, partition)) {
    if (from > offset) return from;
  }
  return undefined;
}

/** Whether a stretch is recorded as given up already: a command that was cut off may be given again. */
export async function isGivenUp(
  clickhouse: ClickHouse,
  { topic, partition, from, to }: Stretch & { readonly topic: string; readonly partition: number },
): Promise<boolean> {
  for await (const range of storedRanges(clickhouse, topic, partition)) {
    if (range.kind === 'abandoned' && range.from === from && range.to === to) return true;
  }
  return false;
}
