import type { ChangelogLog } from './changelog-log.js';
import { META_PREFIX, type ChangelogRecord } from './changelog-record.js';
import type { ReadProgress } from './partition-reader.js';

/** Something about a whole partition, such as the settings that hold from a source offset on. */
export interface MetaRecord {
  readonly value: string;
  /** Source offset from which it holds. */
  readonly asOf: number;
}

/** What a changelog partition holds, each key at the highest source offset that was written for it. */
export interface RestoredState {
  readonly entries: Map<string, string>;
  /** Records about the partition itself, by key. */
  readonly meta: Map<string, MetaRecord>;
  /** Removed keys that are still known as such, with the source offset of their removal. */
  readonly removed: Map<string, number>;
  /** By key, removed ones too: the day on which it was taken up though nobody had issued it. */
  readonly admitted: Map<string, number>;
  /**
   * Keys whose last record in the log is not the one that stands: an old owner's late write came after it. Compaction
   * would keep the wrong one, so they must be written again.
   */
  readonly overwritten: Set<string>;
  /** Highest source offset of any record; -1 where there is none. */
  readonly asOf: number;
  /** Offset of the changelog that its next record will get, as far as was read. */
  readonly end: number;
  readonly records: number;
  readonly bytes: number;
}

/** Reads one changelog partition whole. `onProgress` is the place for a heartbeat. */
export async function restoreState(
  log: ChangelogLog,
  partition: number,
  onProgress?: (progress: ReadProgress) => void | Promise<void>,
): Promise<RestoredState> {
  const restoring = new Restoring();
  const { end, records, bytes } = await log.read({
    partition,
    onRecords: (read) => {
      for (const record of read) restoring.add(record);
    },
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const { entries, meta, removed, admitted, overwritten, highest } = restoring;
  return { entries, meta, removed, admitted, overwritten, asOf: highest, end, records, bytes };
}

class Restoring {
  readonly entries = new Map<string, string>();
  readonly meta = new Map<string, MetaRecord>();
  readonly removed = new Map<string, number>();
  readonly admitted = new Map<string, number>();
  readonly overwritten = new Set<string>();
  highest = -1;
  private readonly asOf = new Map<string, number>();

  add(record: ChangelogRecord): void {
    const { key, value, asOf } = record;
    const known = this.asOf.get(key);
    if (known !== undefined && known > asOf) {
      this.overwritten.add(key);
      return;
    }
    this.asOf.set(key, asOf);
    this.overwritten.delete(key);
    if (key.startsWith(META_PREFIX)) {
      if (value !== null) this.meta.set(key, { value, asOf });
      return;
    }
    if (asOf > this.highest) this.highest = asOf;
    if (value === null) {
      this.entries.delete(key);
      this.removed.set(key, asOf);
    } else {
      this.removed.delete(key);
      this.entries.set(key, value);
    }
    if (record.admitted === undefined) this.admitted.delete(key);
    else this.admitted.set(key, record.admitted);
  }
}
