import type { DecodedRecord } from './cluster.js';
import type { PartitionReader } from './partition-reader.js';

/** Offsets between two that are wanted, over which one read goes on. */
const GAP = 2_000;

/**
 * The messages at some offsets of a partition, by offset. What retention has removed, or was never there, is missing
 * from the answer.
 */
export async function messagesAt(
  reader: Pick<PartitionReader, 'read' | 'offset'>,
  topic: string,
  partition: number,
  offsets: readonly number[],
): Promise<Map<number, DecodedRecord>> {
  const found = new Map<number, DecodedRecord>();
  const start = await reader.offset(topic, partition, true);
  const end = await reader.offset(topic, partition, false);
  const wanted = [...new Set(offsets)]
    .filter((offset) => offset >= start && offset < end)
    .sort((a, b) => a - b);
  for (const run of runsOf(wanted)) {
    const here = new Set(run);
    await reader.read({
      topic,
      partition,
      from: run[0] ?? 0,
      to: (run.at(-1) ?? 0) + 1,
      onRecords: (records) => {
        for (const record of records) {
          if (here.has(Number(record.offset))) found.set(Number(record.offset), record);
        }
      },
    });
  }
  return found;
}

function runsOf(sorted: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const offset of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && offset - (run.at(-1) ?? 0) <= GAP) run.push(offset);
    else runs.push([offset]);
  }
  return runs;
}
