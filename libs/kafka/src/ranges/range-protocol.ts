import { decodeAnnouncement } from './announcement.js';
import { BuildQueue } from './build-queue.js';
import type { ByteBudget } from './byte-budget.js';
import { RANGE_LIMITS, type RangeLimits } from './cut.js';
import { Epoch } from './epoch.js';
import { RangeFault } from './errors.js';
import { Gate } from './gate.js';
import { PartitionRanges } from './partition-ranges.js';
import type {
  LogPositions,
  RangeContext,
  RangeObserver,
  RangeSink,
  StoredRanges,
} from './ports.js';
import type { Range } from './range.js';
import { retryRead, type ReadRetry } from './retry-read.js';

/** Longer than a fetch waits for data: an acknowledgement between two fetches of a slow topic would be wasted. */
const IDLE_MS = 2_000;

/** An insert takes a second or so; supervisors kill after 10 s or more. */
const DRAIN_GRACE_MS = 8_000;

export interface RangeProtocolOptions<Built> {
  readonly topic: string;
  readonly sink: RangeSink<Built>;
  readonly log: LogPositions;
  readonly stored: StoredRanges;
  /** Shared by all topics of the process. */
  readonly budget: ByteBudget;
  /** Shared likewise. */
  readonly builds?: BuildQueue;
  /** What rows depend on besides the log. A range announced by another version is read back, not sent again. */
  readonly rowVersion: string;
  /** The positions don't fit together: the process must end with this message. */
  readonly onFault: (error: Error) => void;
  readonly gate?: Gate;
  readonly limits?: RangeLimits;
  readonly idleMs?: number;
  readonly observer?: RangeObserver;
  readonly retry?: ReadRetry;
}

/** A range that was announced and not acknowledged. */
export type AnnouncedRange = Range & { readonly rowVersion: string };

/**
 * Writes the batches of one topic exactly once: each range is announced in the metadata of the committed offset before
 * it is inserted, and whoever finds an announcement after a crash inserts that very range again under the same token.
 */
export class RangeProtocol<Built> {
  private epoch: Epoch;
  private draining = false;
  private readonly builds: BuildQueue;
  private readonly partitions = new Map<number, PartitionRanges<Built>>();

  constructor(private readonly options: RangeProtocolOptions<Built>) {
    this.epoch = new Epoch(options);
    this.builds = options.builds ?? new BuildQueue();
  }

  /**
   * The group has changed, or is about to. With the partitions assigned now, their positions are checked at once and
   * not only when their first message comes.
   */
  newEpoch(assigned: readonly number[] = []): void {
    this.epoch.end();
    for (const partition of this.partitions.values()) partition.reset();
    const epoch = new Epoch(this.options);
    this.epoch = epoch;
    for (const partition of assigned) {
      epoch.start(partition).catch((error: unknown) => {
        // What else fails here fails again, and is seen, with the partition's first batch.
        if (!epoch.signal.aborted && error instanceof RangeFault) this.options.onFault(error);
      });
    }
  }

  /** Takes one batch; call from the handler of the topic. */
  async handle(context: RangeContext): Promise<void> {
    // At the end nothing new is begun; what isn't resolved is delivered to the next owner.
    if (this.draining) {
      context.pause();
      return;
    }
    await this.of(context.partition).handle(context, this.epoch);
  }

  /**
   * Finishes the ranges in flight and acknowledges them; batches that come later are left to the next owner. What
   * takes longer than `graceMs` is given up: it stays announced, and the next start finishes it.
   */
  async drain(graceMs = DRAIN_GRACE_MS): Promise<void> {
    this.draining = true;
    const giveUp = setTimeout(() => {
      this.newEpoch();
    }, graceMs);
    await Promise.all([...this.partitions.values()].map((partition) => partition.drain()));
    clearTimeout(giveUp);
  }

  /**
   * Ranges of all partitions that are announced and not acknowledged, whoever owns them; without those that this
   * member has found to be written by nobody and keeps until the gate opens.
   */
  async openRanges(signal: AbortSignal): Promise<AnnouncedRange[]> {
    const { topic, log, retry } = this.options;
    const positions = await retryRead(() => log.read(topic), signal, retry);
    return positions.flatMap(({ partition, committed, metadata }) => {
      const announcement = decodeAnnouncement(metadata);
      const unwritten = this.partitions.get(partition)?.waitsUnwritten ?? false;
      return committed === undefined || announcement === undefined || unwritten
        ? []
        : [{ topic, partition, from: committed, ...announcement }];
    });
  }

  private of(partition: number): PartitionRanges<Built> {
    let ranges = this.partitions.get(partition);
    if (ranges === undefined) {
      const { gate, limits, idleMs, observer } = this.options;
      ranges = new PartitionRanges(partition, {
        ...this.options,
        builds: this.builds,
        gate: gate ?? new Gate(),
        limits: limits ?? RANGE_LIMITS,
        idleMs: idleMs ?? IDLE_MS,
        observer: observer ?? {},
        isDraining: () => this.draining,
      });
      this.partitions.set(partition, ranges);
    }
    return ranges;
  }
}
