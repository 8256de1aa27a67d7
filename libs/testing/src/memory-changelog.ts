import type {
  ChangelogLog,
  ChangelogReadOptions,
  ChangelogRecord,
  ReadReport,
} from '@keywatch/kafka';

/** A changelog in memory, for specs: offsets, holes left by compaction, failures on demand. */
export class MemoryChangelog implements ChangelogLog {
  private readonly logs = new Map<number, (ChangelogRecord | undefined)[]>();

  /** The records of a partition by offset; undefined where compaction left a hole. */
  records(partition: number): (ChangelogRecord | undefined)[] {
    let log = this.logs.get(partition);
    if (log === undefined) this.logs.set(partition, (log = []));
    return log;
  }

  async read(options: ChangelogReadOptions): Promise<ReadReport> {
    const log = this.records(options.partition);
    const end = options.to ?? log.length;
    const read = log.slice(options.from ?? 0, end).filter((record) => record !== undefined);
    options.onRecords(read);
    await options.onProgress?.({ position: end, end });
    return { end, records: read.length, bytes: 0 };
  }

  append(partition: number, records: readonly ChangelogRecord[]): Promise<number> {
    const log = this.records(partition);
    const base = log.length;
    log.push(...records);
    return Promise.resolve(base);
  }

  end(partition: number): Promise<number> {
    return Promise.resolve(this.records(partition).length);
  }

  /** Keeps each key's last record, as the broker does. */
  compact(partition: number, before = this.records(partition).length): void {
    const log = this.records(partition);
    const last = new Map(log.map((record, offset) => [record?.key, offset]));
    for (let offset = 0; offset < before; offset += 1) {
      if (last.get(log[offset]?.key) !== offset) log[offset] = undefined;
    }
  }
}
