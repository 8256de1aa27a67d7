import type { EventProducer } from '../producer/event-producer.js';
import {
  decodeChangelogRecord,
  encodeChangelogRecord,
  type ChangelogRecord,
} from './changelog-record.js';
import type { PartitionReader, ReadProgress, ReadReport } from './partition-reader.js';

/** What state needs of the topic that keeps it. */
export interface ChangelogLog {
  /** Reads from `from` (default: the beginning) to `to` (default: the end when it begins), in log order. */
  read(options: ChangelogReadOptions): Promise<ReadReport>;
  /** Appends in order; resolves, when all replicas in sync have them, with the offset of the first. */
  append(partition: number, records: readonly ChangelogRecord[]): Promise<number>;
  /** Offset that the next record will get. */
  end(partition: number): Promise<number>;
}

export interface ChangelogReadOptions {
  readonly partition: number;
  readonly from?: number;
  readonly to?: number;
  readonly onRecords: (records: readonly ChangelogRecord[]) => void;
  readonly onProgress?: (progress: ReadProgress) => void | Promise<void>;
}

/** A compacted topic as the log of state; its partitions are the source's. */
export class KafkaChangelogLog implements ChangelogLog {
  /** @param producer one of its own: state must not queue before alerts. */
  constructor(
    private readonly topic: string,
    private readonly reader: PartitionReader,
    private readonly producer: EventProducer,
  ) {}

  read({ onRecords, ...options }: ChangelogReadOptions): Promise<ReadReport> {
    return this.reader.read({
      topic: this.topic,
      ...options,
      onRecords: (messages) => {
        const records: ChangelogRecord[] = [];
        for (const message of messages) {
          const record = decodeChangelogRecord(message);
          if (record !== undefined) records.push(record);
        }
        onRecords(records);
      },
    });
  }

  end(partition: number): Promise<number> {
    return this.reader.offset(this.topic, partition, false);
  }

  async append(partition: number, records: readonly ChangelogRecord[]): Promise<number> {
    const [sent] = await this.producer.send(
      this.topic,
      records.map((record) => encodeChangelogRecord(record, partition)),
    );
    if (sent?.baseOffset === undefined) throw new Error(`${this.topic}: no offset came back`);
    return Number(sent.baseOffset);
  }
}
