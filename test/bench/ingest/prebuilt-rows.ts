import { crc32 } from 'node:zlib';
import { rangeRow, RowBytes, writeKeyEventRow } from '@keywatch/clickhouse';
import { decodeKeyEvent, identityOf } from '@keywatch/events';
import { PartitionReader, RANGE_LIMITS } from '@keywatch/kafka';
import type { BenchStack } from '../kit/stack.js';
import { logEnds, TOPIC } from '../kit/topic.js';

/** The rows of one range, ready to be sent. */
export interface PrebuiltRange {
  readonly bytes: Buffer;
  readonly token: string;
}

/**
 * Reads the topic once and builds the rows that ingest builds of it, in ranges of at most the size that ingest makes
 * them. By partition, each in log order.
 * @throws Error for a message that is no event: generated traffic has none
 */
export async function prebuildRows(
  stack: BenchStack,
): Promise<readonly (readonly PrebuiltRange[])[]> {
  const reader = new PartitionReader(stack.client);
  try {
    const partitions: PrebuiltRange[][] = [];
    for (const partition of (await logEnds(stack)).keys()) {
      partitions.push(await prebuildPartition(reader, partition));
    }
    return partitions;
  } finally {
    await reader.close();
  }
}

async function prebuildPartition(
  reader: PartitionReader,
  partition: number,
): Promise<PrebuiltRange[]> {
  const ranges: PrebuiltRange[] = [];
  let rows = new RowBytes(RANGE_LIMITS.bytes);
  let count = 0;
  let bytes = 0;
  let from = 0;
  let firstLogTimeMs = 0;
  let lastLogTimeMs = 0;

  function finish(to: number): void {
    if (count === 0) return;
    const counts = { events: count, duplicates: 0, conflicts: 0, deadLetters: 0, dropped: 0 };
    const times = { firstLogTimeMs, lastLogTimeMs };
    const bounds = { topic: TOPIC, partition, from, to };
    rows.push(rangeRow('key_event_intake', bounds, { messages: count, ...counts, ...times }));
    const token = `${TOPIC}/${partition}/${from}-${to}`;
    ranges.push({ bytes: rows.bytes(), token });
    rows = new RowBytes(RANGE_LIMITS.bytes);
    count = 0;
    bytes = 0;
    from = to;
  }

  const { end } = await reader.read({
    topic: TOPIC,
    partition,
    maxBytes: RANGE_LIMITS.bytes,
    onRecords(records) {
      for (const { value, headers, offset, timestamp } of records) {
        if (bytes + (value?.length ?? 0) > RANGE_LIMITS.bytes) finish(Number(offset));
        const decoded = decodeKeyEvent({ value, headers });
        if (decoded.kind !== 'ok')
          throw new Error(`Message ${offset} is no event: ${decoded.reason}`);
        const { tenantId, source, id } = decoded.event;
        const logTimeMs = Number(timestamp);
        if (count === 0) firstLogTimeMs = logTimeMs;
        lastLogTimeMs = logTimeMs;
        const position = { topic: TOPIC, partition, offset, logTimeMs };
        const crc = value === null ? 0 : crc32(value);
        writeKeyEventRow(rows, decoded.event, position, identityOf(tenantId, source, id), crc);
        count += 1;
        bytes += value?.length ?? 0;
      }
    },
  });
  finish(end);
  return ranges;
}
