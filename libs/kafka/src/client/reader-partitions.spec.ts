import { describe, expect, it } from '@jest/globals';
import { readerPartitions } from './reader-partitions.js';

const ends = [
  { partition: 1, low: '4', high: '9', offset: '9' },
  { partition: 0, low: '0', high: '7', offset: '7' },
  { partition: 2, low: '3', high: '5', offset: '5' },
];
const admin = (offsets: readonly { partition: number; offset: string }[]) => ({
  fetchOffsets: () =>
    Promise.resolve([{ topic: 't', partitions: offsets.map((at) => ({ ...at, metadata: null })) }]),
  fetchTopicOffsets: () => Promise.resolve(ends),
});

describe('partitions of a reader', () => {
  it('tell when the oldest message that waits arrived, and read nothing where none does', async () => {
    const asked: [number, number][] = [];
    const reader = {
      first: (_topic: string, partition: number, from: number) => {
        asked.push([partition, from]);
        return Promise.resolve({ offset: String(from), timestamp: '1700' } as never);
      },
    };
    const offsets = [
      { partition: 0, offset: '7' },
      { partition: 1, offset: '2' },
      { partition: 2, offset: '-1' },
    ];
    expect(await readerPartitions(admin(offsets), reader, 'g', 't')).toEqual([
      { partition: 0, low: 0, high: 7, committed: 7, waitingSinceMs: null },
      { partition: 1, low: 4, high: 9, committed: 2, waitingSinceMs: 1700 },
      { partition: 2, low: 3, high: 5, committed: null, waitingSinceMs: 1700 },
    ]);
    expect(asked).toEqual([
      [1, 4],
      [2, 3],
    ]);
  });

  it('fail where the message can not be read: its arrival is not guessed', async () => {
    const reader = { first: () => Promise.reject(new Error('no leader')) };
    const asking = readerPartitions(admin([{ partition: 0, offset: '1' }]), reader, 'g', 't');
    await expect(asking).rejects.toThrow('no leader');
  });
});
