import { describe, expect, it } from '@jest/globals';
import type { Cluster, DecodedRecord, FetchedPartition } from './cluster.js';
import { PartitionReader, type ReadOptions, type ReadProgress } from './partition-reader.js';

interface LogBatch {
  readonly first: number;
  readonly last: number;
  /** Offsets of the records that are left. */
  readonly left: readonly number[];
  readonly control?: true;
}

/** A partition's log as a broker serves it: whole batches, the one that holds the asked offset first. */
class FakeLog {
  low = 0;
  /** Thrown by the next fetches, one each. */
  readonly errors: Error[] = [];
  fetches = 0;
  refreshes = 0;
  disconnects = 0;
  batchesPerFetch = 1;
  /** What a follower that became leader has seen. */
  highWatermark: number | undefined;

  constructor(
    private readonly batches: readonly LogBatch[],
    private readonly high: number,
  ) {}

  cluster(): Cluster {
    return {
      connect: () => Promise.resolve(),
      disconnect: () => {
        this.disconnects += 1;
        return Promise.resolve();
      },
      refreshMetadata: () => {
        this.refreshes += 1;
        return Promise.resolve();
      },
      addMultipleTargetTopics: () => Promise.resolve(),
      findLeaderForPartitions: (_topic, partitions) => ({ 1: [...partitions] }),
      findBroker: () =>
        Promise.resolve({
          fetch: ({ topics }) => {
            const asked = topics[0]?.partitions[0];
            return this.fetch(Number(asked?.fetchOffset), asked?.partition ?? 0);
          },
        }),
      fetchTopicsOffset: ([asked]) =>
        Promise.resolve([
          {
            topic: 't',
            partitions: [{ offset: String(asked?.fromBeginning === true ? this.low : this.high) }],
          },
        ]),
    };
  }

  private fetch(from: number, partition: number) {
    this.fetches += 1;
    const error = this.errors.shift();
    if (error !== undefined) return Promise.reject(error);
    if (from < this.low) {
      return Promise.reject(Object.assign(new Error('range'), { name: 'KafkaJSOffsetOutOfRange' }));
    }
    const messages = this.batches
      .filter(({ last }) => last >= from)
      .slice(0, this.batchesPerFetch)
      .flatMap(recordsOf);
    const fetched: FetchedPartition = {
      partition,
      highWatermark: String(this.highWatermark ?? this.high),
      messages,
    };
    return Promise.resolve({ responses: [{ topicName: 't', partitions: [fetched] }] });
  }
}

/** As kafkajs decodes it: an emptied batch has one stand-in control record at its last offset. */
function recordsOf({ first, last, left, control }: LogBatch): DecodedRecord[] {
  const offsets = left.length === 0 ? [last] : left;
  return offsets.map((offset) => ({
    offset: String(offset),
    key: Buffer.from('k'),
    value: Buffer.from('vv'),
    timestamp: '0',
    attributes: 0,
    isControlRecord: control === true || left.length === 0,
    batchContext: { firstOffset: String(first), lastOffsetDelta: last - first },
  }));
}

const whole = (first: number, last: number): LogBatch => ({
  first,
  last,
  left: Array.from({ length: last - first + 1 }, (_, i) => first + i),
});

async function read(log: FakeLog, over: Partial<ReadOptions> = {}) {
  const offsets: number[] = [];
  const progress: ReadProgress[] = [];
  const report = await new PartitionReader(() => log.cluster()).read({
    topic: 't',
    partition: 3,
    stallMs: 50,
    onRecords: (records) => {
      offsets.push(...records.map(({ offset }) => Number(offset)));
    },
    onProgress: (at) => {
      progress.push(at);
    },
    ...over,
  });
  return { report, offsets, progress };
}

describe('PartitionReader', () => {
  it('reads from the beginning to the end of its start, and tells each step', async () => {
    const log = new FakeLog([whole(0, 2), whole(3, 5)], 6);
    const { report, offsets, progress } = await read(log);
    expect(offsets).toEqual([0, 1, 2, 3, 4, 5]);
    expect(report).toEqual({ end: 6, records: 6, bytes: 18 });
    expect(progress).toEqual([
      { position: 3, end: 6 },
      { position: 6, end: 6 },
    ]);
  });

  it('hands over what lies in the asked part only', async () => {
    const log = new FakeLog([whole(0, 4), whole(5, 9)], 10);
    expect((await read(log, { from: 3, to: 7 })).offsets).toEqual([3, 4, 5, 6]);
  });

  it('fetches nothing where nothing is asked for', async () => {
    const log = new FakeLog([], 0);
    expect((await read(log)).report).toEqual({ end: 0, records: 0, bytes: 0 });
    expect(log.fetches).toBe(0);
  });

  it('goes past batches that compaction emptied, thinned out or removed', async () => {
    const log = new FakeLog(
      [
        { first: 0, last: 9, left: [] },
        // The rest of its offsets is gone: the next fetch must not ask for them one by one.
        { first: 10, last: 499, left: [10, 12] },
        { first: 600, last: 600, left: [600] },
      ],
      601,
    );
    expect((await read(log)).offsets).toEqual([10, 12, 600]);
    expect(log.fetches).toBe(3);
  });

  it('ends where compaction removed the last records', async () => {
    const log = new FakeLog([whole(0, 2)], 9);
    const { report, offsets } = await read(log);
    expect(offsets).toEqual([0, 1, 2]);
    expect(report.end).toBe(9);
  });

  it('leaves control records out', async () => {
    const log = new FakeLog([whole(0, 1), { first: 2, last: 2, left: [2], control: true }], 3);
    expect((await read(log)).offsets).toEqual([0, 1]);
  });

  it('finds the first record at or after an offset, and reads no further', async () => {
    const control: LogBatch = { first: 3, last: 3, left: [3], control: true };
    const log = new FakeLog([whole(0, 2), control, whole(4, 6), whole(7, 9)], 10);
    const reader = new PartitionReader(() => log.cluster());
    expect(await reader.first('t', 0, 1)).toMatchObject({ offset: '1' });
    expect(log.fetches).toBe(1);
    expect(await reader.first('t', 0, 3)).toMatchObject({ offset: '4' });
    expect(await reader.first('t', 0, 10)).toBeUndefined();
    log.errors.push(
      ...Array.from({ length: 50 }, () =>
        Object.assign(new Error('no leader'), { retriable: true }),
      ),
    );
    await expect(reader.first('t', 0, 1, 50)).rejects.toThrow('no progress for 50 ms');
  });

  it('goes on at the beginning of a log that lost its start meanwhile', async () => {
    const log = new FakeLog([whole(5, 7)], 8);
    log.low = 5;
    expect((await read(log, { from: 2 })).offsets).toEqual([5, 6, 7]);
  });

  it('tries again after errors that pass, with new metadata and a heartbeat each', async () => {
    const log = new FakeLog([whole(0, 2)], 3);
    log.errors.push(
      Object.assign(new Error('moved'), { retriable: true }),
      Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError' }),
    );
    const { offsets, progress } = await read(log, { stallMs: 60_000 });
    expect(offsets).toEqual([0, 1, 2]);
    expect(log.fetches).toBe(3);
    expect(log.refreshes).toBe(2);
    expect(progress).toHaveLength(3);
  });

  it('ends with an error that stays', async () => {
    const log = new FakeLog([whole(0, 2)], 3);
    log.errors.push(new TypeError('a bug'));
    await expect(read(log)).rejects.toThrow('a bug');
    expect(log.fetches).toBe(1);
  });

  it('gives up without progress, naming the cause', async () => {
    const log = new FakeLog([whole(0, 2)], 3);
    for (let i = 0; i < 50; i += 1) {
      log.errors.push(Object.assign(new Error('no leader'), { retriable: true }));
    }
    await expect(read(log, { stallMs: 100 })).rejects.toThrow(
      'Reading t, partition 3: no progress for 100 ms',
    );
    expect(log.fetches).toBeGreaterThan(1);
  });

  it('waits for a new leader that is behind, but not for ever', async () => {
    const log = new FakeLog([], 3);
    log.highWatermark = 1;
    await expect(read(log, { stallMs: 20 })).rejects.toThrow('no progress');
  });

  it('ends with what the heartbeat throws', async () => {
    const log = new FakeLog([whole(0, 2), whole(3, 5)], 6);
    const onProgress = () => Promise.reject(new Error('left the group'));
    await expect(read(log, { onProgress })).rejects.toThrow('left the group');
    expect(log.fetches).toBe(1);
  });

  it('connects once for all reads and closes', async () => {
    const log = new FakeLog([whole(0, 2)], 3);
    let connections = 0;
    const reader = new PartitionReader(() => {
      connections += 1;
      return log.cluster();
    });
    const options = { topic: 't', onRecords: () => undefined };
    await Promise.all([0, 1, 2].map((partition) => reader.read({ ...options, partition })));
    expect(connections).toBe(1);
    await reader.close();
    await reader.close();
    expect(log.disconnects).toBe(1);
  });

  it('connects anew after a connection that failed', async () => {
    const log = new FakeLog([whole(0, 0)], 1);
    let attempts = 0;
    const reader = new PartitionReader(() => {
      attempts += 1;
      if (attempts > 1) return log.cluster();
      const failing = Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError' });
      return { ...log.cluster(), connect: () => Promise.reject(failing) };
    });
    const { records } = await reader.read({ topic: 't', partition: 0, onRecords: () => undefined });
    expect(records).toBe(1);
    expect(attempts).toBe(2);
  });
});
