import { Admissions } from './admissions.js';
import type { ChangelogLog } from './changelog-log.js';
import { META_PREFIX, type ChangelogRecord } from './changelog-record.js';
import { RecordMap, type RecordCodec } from './record-map.js';
import type { MetaRecord, RestoredState } from './restore.js';

/** Records per send of a checkpoint: small enough that alerts don't wait behind one. */
export const CHECKPOINT_CHUNK = 500;

export interface CheckpointSteps {
  /** Whether nothing is pending that has to reach its topic before the state that already counts it. */
  readonly isQuiet: () => boolean;
  /** Resolves when it may be so; rejects when it never will. */
  readonly quiet: () => Promise<void>;
  /** Commits the source position. A failure is ignored: the state's own offsets guard what is read again. */
  readonly commit: (position: number) => Promise<void>;
  /** For failure tests. */
  readonly passed?: (step: 'chunk-sent' | 'state-sent' | 'committed') => void;
}

export interface CheckpointReport {
  readonly outcome:
    | 'committed'
    | 'commit-failed'
    /** Keys stay changed and are written with the next checkpoint. */
    | 'send-failed'
    /** The partition was lost meanwhile. */
    | 'lost'
    /** Somebody else's state is ahead of ours: the memory is old and must be dropped. */
    | 'overtaken';
  readonly records: number;
  readonly bytes: number;
  /** Records in the changelog that this member didn't write. */
  readonly foreign: number;
  readonly error?: unknown;
}

/** The state of one source partition in memory, and what of it the changelog doesn't have yet. */
export class ChangelogPartition<R> {
  readonly records: RecordMap<R>;
  readonly meta: Map<string, MetaRecord>;
  /** Keys that count against a day's bound on subjects that nobody issued. */
  readonly admissions: Admissions;
  /** Removals beyond the committed position: events up to that offset are already in. */
  readonly removed: Map<string, number>;
  /** Next source offset to fold. */
  position: number;
  private committed: number;
  private end: number;
  private changed: Set<string>;
  private readonly unread: { from: number; to: number }[] = [];
  private lost = false;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly log: ChangelogLog,
    readonly partition: number,
    codec: RecordCodec<R>,
    options: {
      readonly position: number;
      readonly hotLimit: number;
      readonly restored: RestoredState;
    },
  ) {
    const { position, hotLimit, restored } = options;
    this.position = position;
    this.committed = position;
    this.end = restored.end;
    this.records = new RecordMap(codec, hotLimit, restored.entries);
    this.meta = restored.meta;
    this.admissions = new Admissions(restored.admitted);
    this.changed = restored.overwritten;
    this.removed = new Map([...restored.removed].filter(([, asOf]) => asOf >= position));
  }

  /** Keys that the changelog doesn't have in their latest state. */
  get changes(): number {
    return this.changed.size;
  }

  /** Whether a checkpoint would write or commit anything. */
  get isBehind(): boolean {
    return this.changed.size > 0 || this.unread.length > 0 || this.position !== this.committed;
  }

  /** Whether somebody else owns the partition now; a method, for it changes during an await. */
  isLost(): boolean {
    return this.lost;
  }

  /** The partition belongs to somebody else: nothing of this memory is written any more. */
  lose(): void {
    this.lost = true;
  }

  put(key: string, record: R): void {
    this.records.set(key, record);
    this.changed.add(key);
  }

  remove(key: string): void {
    this.records.delete(key);
    this.changed.add(key);
  }

  /** Writes a record about the partition at once; it holds from source offset `asOf`. */
  async writeMeta(key: string, value: string, asOf: number): Promise<void> {
    if (!key.startsWith(META_PREFIX)) throw new Error(`${key} must begin with ${META_PREFIX}`);
    this.meta.set(key, { value, asOf });
    await this.append([{ key, value, asOf, admitted: undefined }]);
  }

  /**
   * Writes what changed and commits the position of its start. States go out as they are when their chunk is sent,
   * which may be later than that position: each says itself up to where it counts. One at a time. Never rejects.
   */
  checkpoint(steps: CheckpointSteps): Promise<CheckpointReport> {
    const next = this.running.then(() => this.runCheckpoint(steps));
    this.running = next;
    return next;
  }

  /**
   * Looks whether others wrote to the changelog since; if so the next checkpoint puts it right. For partitions that
   * have nothing to write: their own writes find it by themselves. Never rejects: a later look finds it too.
   * @returns whether there is something to put right.
   */
  async lookForOthers(): Promise<boolean> {
    const next = this.running.then(async () => {
      const end = await this.log.end(this.partition);
      if (end > this.end) this.unread.push({ from: this.end, to: end });
      this.end = Math.max(this.end, end);
    });
    this.running = next.catch(() => undefined);
    await this.running;
    return this.unread.length > 0;
  }

  private async runCheckpoint(steps: CheckpointSteps): Promise<CheckpointReport> {
    const report = { records: 0, bytes: 0, foreign: 0 };
    try {
      // Asked again after the wait: between a promise and who awaits it others run.
      while (!steps.isQuiet()) await steps.quiet();
    } catch (error) {
      return { ...report, outcome: 'lost', error };
    }
    if (this.isLost()) return { ...report, outcome: 'lost' };
    const { position } = this;
    const keys = [...this.changed];
    this.changed = new Set();
    for (let at = 0; at < keys.length; at += CHECKPOINT_CHUNK) {
      const chunk = keys.slice(at, at + CHECKPOINT_CHUNK);
      try {
        while (!steps.isQuiet()) await steps.quiet();
        if (this.isLost()) return { ...report, outcome: 'lost' };
        const records = chunk.map((key) => this.recordOf(key));
        await this.append(records);
        report.records += records.length;
        for (const { key, value } of records) report.bytes += key.length + (value?.length ?? 0);
      } catch (error) {
        for (const key of keys.slice(at)) this.changed.add(key);
        return { ...report, outcome: this.isLost() ? 'lost' : 'send-failed', error };
      }
      steps.passed?.('chunk-sent');
    }
    steps.passed?.('state-sent');
    try {
      report.foreign = await this.readForeign();
    } catch (error) {
      return { ...report, outcome: 'send-failed', error };
    }
    if (this.isLost()) return { ...report, outcome: report.foreign > 0 ? 'overtaken' : 'lost' };
    try {
      await steps.commit(position);
    } catch (error) {
      return { ...report, outcome: 'commit-failed', error };
    }
    this.committed = Math.max(this.committed, position);
    steps.passed?.('committed');
    return { ...report, outcome: 'committed' };
  }

  private recordOf(key: string): ChangelogRecord {
    // Written now, so later changes alone make it changed again.
    this.changed.delete(key);
    const meta = this.meta.get(key);
    if (meta !== undefined) return { key, ...meta, admitted: undefined };
    const value = this.records.text(key) ?? null;
    return { key, value, asOf: this.position - 1, admitted: this.admissions.dayOf(key) };
  }

  private async append(records: readonly ChangelogRecord[]): Promise<void> {
    const base = await this.log.append(this.partition, records);
    if (base < this.end) {
      throw new Error(
        `The changelog of partition ${this.partition} got shorter: it ended at ${this.end}, and a record was written at ${base}`,
      );
    }
    // A gap is somebody else's write: an old owner's late one, or a repetition of our own.
    if (base > this.end) this.unread.push({ from: this.end, to: base });
    this.end = base + records.length;
  }

  /**
   * Reads records that others wrote meanwhile. Older states than ours are written again by the next checkpoint, before
   * compaction could make them the only ones; a newer one shows that this memory was overtaken.
   */
  private async readForeign(): Promise<number> {
    let foreign = 0;
    for (let range = this.unread[0]; range !== undefined; range = this.unread[0]) {
      await this.log.read({
        partition: this.partition,
        ...range,
        onRecords: (records) => {
          for (const { key, asOf } of records) {
            foreign += 1;
            if (asOf >= this.position && !key.startsWith(META_PREFIX)) this.lost = true;
            else this.changed.add(key);
          }
        },
      });
      this.unread.shift();
    }
    return foreign;
  }
}
