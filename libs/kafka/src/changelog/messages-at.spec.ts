import { describe, expect, it } from '@jest/globals';
import type { DecodedRecord } from './cluster.js';
import { messagesAt } from './messages-at.js';
import type { ReadOptions } from './partition-reader.js';

/** A log from 10 to 20,000 whose offset 15 was a control record. */
function logReader() {
  const reads: string[] = [];
  return {
    reads,
    offset: (_topic: string, _partition: number, first: boolean) =>
      Promise.resolve(first ? 10 : 20_000),
    read: async ({ from = 0, to = 0, onRecords }: ReadOptions) => {
      reads.push(`${from}-${to}`);
      for (let at = from; at < to; at += 1) {
        if (at !== 15) await onRecords([{ offset: String(at) } as DecodedRecord]);
      }
      return { end: to, records: 0, bytes: 0 };
    },
  };
}

describe('messagesAt', () => {
  it('gives those that the log still has, and reads far ones apart', async () => {
    const reader = logReader();
    const found = await messagesAt(reader, 't', 0, [19_999, 12, 5, 15, 14, 12, 20_000]);
    expect([...found.keys()]).toEqual([12, 14, 19_999]);
    expect(reader.reads).toEqual(['12-16', '19999-20000']);
  });

  it('reads nothing where there is nothing to read', async () => {
    const reader = logReader();
    expect(await messagesAt(reader, 't', 0, [1, 30_000])).toEqual(new Map());
    expect(reader.reads).toEqual([]);
  });
});
