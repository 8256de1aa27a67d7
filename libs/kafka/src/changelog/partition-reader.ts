import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaConfig } from 'kafkajs';
import {
  createCluster,
  READ_UNCOMMITTED,
  type Cluster,
  type DecodedRecord,
  type FetchedPartition,
} from './cluster.js';

export interface ReadOptions {
  readonly topic: string;
  readonly partition: number;
  /** First offset; default: the log's beginning. */
  readonly from?: number;
  /** First offset that is not read any more; default: the high watermark when the read begins. */
  readonly to?: number;
  /** Gets the records of each fetch in log order, control records left out. */
  readonly onRecords: (records: readonly DecodedRecord[]) => void | Promise<void>;
  /** Called after each fetch and each failed attempt: the place for a heartbeat. What it throws ends the read. */
  readonly onProgress?: (progress: ReadProgress) => void | Promise<void>;
  /** Milliseconds without progress after which the read gives up; default 60,000. */
  readonly stallMs?: number;
  /** Bytes per fetch; default 4 MB. */
  readonly maxBytes?: number;
}

export interface ReadProgress {
  /** Next offset to be read. */
  readonly position: number;
  readonly end: number;
}

export interface ReadReport {
  /** One beyond the last offset looked at: the high watermark of the start, or `to`. */
  readonly end: number;
  readonly records: number;
  /** Bytes of keys and values. */
  readonly bytes: number;
}

const FETCH_WAIT_MS = 250;
/** A broker sends the first batch whole, however large; more of them are not wanted. */
const FIRST_BYTES = 1;

/** Ends a read that has found what it was for. */
class Found extends Error {}

/**
 * Reads partitions from an offset to an end without joining a group: for state that is restored and for re-reading a
 * part of a log. Several reads may run at once. Offsets are numbers (exact up to 2^53).
 */
export class PartitionReader {
  private cluster: Promise<Cluster> | undefined;

  constructor(private readonly connect: KafkaConfig | (() => Cluster)) {}

  /** @throws when there is no progress for `stallMs`, with the last cause; whatever the callbacks throw. */
  async read(options: ReadOptions): Promise<ReadReport> {
    const { topic, partition, onRecords } = options;
    const stall = new Stall(options);
    let position =
      options.from ?? (await this.attempt(stall, () => this.offset(topic, partition, true)));
    const end =
      options.to ?? (await this.attempt(stall, () => this.offset(topic, partition, false)));
    let records = 0;
    let bytes = 0;
    while (position < end) {
      const at = position;
      const fetched = await this.attempt(stall, () => this.fetch(options, at));
      if (fetched === 'out-of-range') {
        position = await this.attempt(stall, () => this.offset(topic, partition, true));
        if (position <= at) throw new Error(`${where(options)}: offset ${at} is beyond the log`);
      } else if (fetched.messages.length > 0) {
        const part = fetched.messages.filter(
          (record) =>
            record.isControlRecord !== true &&
            Number(record.offset) >= at &&
            Number(record.offset) < end,
        );
        for (const { key, value } of part) bytes += (key?.length ?? 0) + (value?.length ?? 0);
        records += part.length;
        await onRecords(part);
        position = Math.max(at + 1, endOf(fetched.messages));
      } else if (Number(fetched.highWatermark) >= end) {
        position = end; // Compaction removed the last records: nothing follows up to the end.
      }
      if (position > at) stall.progressed({ position: Math.min(position, end), end });
      else stall.check(new Error('the leader is behind the end that was read'));
      await stall.report();
    }
    return { end, records, bytes };
  }

  /** The log's first offset, or the one that the next record will get. */
  async offset(topic: string, partition: number, first: boolean): Promise<number> {
    const cluster = await this.connected();
    await cluster.addMultipleTargetTopics([topic]);
    const [found] = await cluster.fetchTopicsOffset([
      { topic, fromBeginning: first, partitions: [{ partition }] },
    ]);
    const offset = found?.partitions[0]?.offset;
    if (offset === undefined) throw new Error(`${topic} has no partition ${partition}`);
    return Number(offset);
  }

  /**
   * The first record at or after an offset, control records left out; undefined: none follows up to the log's end.
   * Where retention has removed the offset, the oldest that is left.
   * @throws as {@link read} does
   */
  async first(
    topic: string,
    partition: number,
    from: number,
    stallMs?: number,
  ): Promise<DecodedRecord | undefined> {
    let first: DecodedRecord | undefined;
    try {
      await this.read({
        topic,
        partition,
        from,
        maxBytes: FIRST_BYTES,
        ...(stallMs === undefined ? {} : { stallMs }),
        onRecords: (records) => {
          first = records[0];
          if (first !== undefined) throw new Found();
        },
      });
    } catch (error) {
      if (!(error instanceof Found)) throw error;
    }
    return first;
  }

  async close(): Promise<void> {
    const { cluster } = this;
    this.cluster = undefined;
    if (cluster !== undefined) await (await cluster).disconnect();
  }

  private connected(): Promise<Cluster> {
    return (this.cluster ??= this.open().catch((error: unknown) => {
      this.cluster = undefined;
      throw error;
    }));
  }

  private async open(): Promise<Cluster> {
    const cluster =
      typeof this.connect === 'function' ? this.connect() : createCluster(this.connect);
    await cluster.connect();
    return cluster;
  }

  /** Tries again, with new metadata and a growing pause, for as long as the read may stall. */
  private async attempt<T>(stall: Stall, act: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await act();
      } catch (error) {
        if (!isTransient(error)) throw error;
        stall.check(error);
        await stall.report();
        await delay(Math.min(2000, 100 * 2 ** attempts) * (0.5 + Math.random() / 2));
        const cluster = await this.cluster?.catch(() => undefined);
        await cluster?.refreshMetadata().catch(() => undefined);
      }
    }
  }

  private async fetch(
    { topic, partition, maxBytes = 4 << 20 }: ReadOptions,
    offset: number,
  ): Promise<FetchedPartition | 'out-of-range'> {
    const cluster = await this.connected();
    await cluster.addMultipleTargetTopics([topic]);
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    if (nodeId === undefined) throw new Error(`${topic} has no partition ${partition}`);
    const broker = await cluster.findBroker({ nodeId });
    const partitions = [{ partition, fetchOffset: String(offset), maxBytes }];
    try {
      const { responses } = await broker.fetch({
        maxWaitTime: FETCH_WAIT_MS,
        minBytes: 1,
        maxBytes,
        isolationLevel: READ_UNCOMMITTED,
        topics: [{ topic, partitions }],
      });
      return responses[0]?.partitions[0] ?? { partition, highWatermark: '-1', messages: [] };
    } catch (error) {
      if ((error as Error).name === 'KafkaJSOffsetOutOfRange') return 'out-of-range';
      throw error;
    }
  }
}

/** One beyond the last offset that the fetched batches cover, records that compaction took out of them included. */
function endOf(records: readonly DecodedRecord[]): number {
  let end = 0;
  for (const { offset, batchContext } of records) {
    const last =
      batchContext === undefined
        ? Number(offset)
        : Number(batchContext.firstOffset) + batchContext.lastOffsetDelta;
    if (last >= end) end = last + 1;
  }
  return end;
}

function isTransient(error: unknown): boolean {
  const { name, retriable } = error as { name?: string; retriable?: boolean };
  return (
    retriable === true ||
    name === 'KafkaJSConnectionError' ||
    name === 'KafkaJSConnectionClosedError' ||
    name === 'KafkaJSNumberOfRetriesExceeded' ||
    name === 'KafkaJSTopicMetadataNotLoaded'
  );
}

function where({ topic, partition }: ReadOptions): string {
  return `Reading ${topic}, partition ${partition}`;
}

/** Time since the last progress of one read. */
class Stall {
  private since = performance.now();
  private last: ReadProgress = { position: 0, end: 0 };

  constructor(private readonly options: ReadOptions) {}

  progressed(to: ReadProgress): void {
    this.last = to;
    this.since = performance.now();
  }

  async report(): Promise<void> {
    await this.options.onProgress?.(this.last);
  }

  check(cause: unknown): void {
    const limit = this.options.stallMs ?? 60_000;
    if (performance.now() - this.since < limit) return;
    throw new Error(`${where(this.options)}: no progress for ${limit} ms`, { cause });
  }
}
