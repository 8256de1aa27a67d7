import type { CheckpointReport } from '@keywatch/kafka';
import type { Detector, OwnedPartition } from './detector.js';
import type { DetectObserver } from './ports.js';

export interface CheckpointerOptions {
  /** Milliseconds between two checkpoints of a partition. */
  readonly intervalMs: number;
  readonly now: () => number;
}

/** A checkpoint that took long is followed by a pause this many times as long: storing must not crowd out folding. */
const PAUSE_PER_DURATION = 4;
const PHASES = 16;
/** Milliseconds after which an idle partition looks for late writes of an old owner: well before compaction (1 h). */
const LOOK_MS = 600_000;

/** Stores the state of all owned partitions in the background, each in its own phase, idle ones too. */
export class Checkpointer<R> {
  private readonly due = new WeakMap<OwnedPartition<R>, number>();
  private readonly looks = new WeakMap<OwnedPartition<R>, number>();
  private readonly running = new Map<OwnedPartition<R>, Promise<unknown>>();
  private timer: NodeJS.Timeout | undefined;
  private paused = false;

  constructor(
    private readonly detector: Detector<R>,
    private readonly observer: DetectObserver,
    private readonly options: CheckpointerOptions,
  ) {}

  start(): void {
    this.timer ??= setInterval(
      () => {
        this.tick();
      },
      Math.min(100, this.options.intervalMs),
    ).unref();
  }

  /** While the group moves on nothing is stored: the partitions may belong to others already. */
  set isPaused(paused: boolean) {
    this.paused = paused;
  }

  /** Begins the checkpoints that are due. */
  tick(): void {
    if (this.paused) return;
    const now = this.options.now();
    for (const owned of this.detector.partitions) {
      if (this.running.has(owned)) continue;
      const due = this.due.get(owned) ?? this.firstDue(owned, now);
      this.due.set(owned, due);
      if (now < due) continue;
      if (owned.fold.state.isBehind) void this.during(owned, this.run(owned));
      else if (this.isLookDue(owned, now)) {
        void this.during(owned, owned.fold.state.lookForOthers());
      }
    }
  }

  /**
   * Stores everything once more before the end. Batches must have ended. Resolves after `limitMs` at the latest:
   * what isn't stored by then is folded again after the next start.
   */
  async finish(limitMs: number): Promise<void> {
    clearInterval(this.timer);
    this.paused = true;
    const last = this.detector.partitions.map(async (owned) => {
      await this.running.get(owned);
      if (owned.fold.state.isBehind) await this.run(owned);
    });
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      limit = setTimeout(resolve, limitMs);
    });
    await Promise.race([Promise.all(last), late]);
    clearTimeout(limit);
  }

  private firstDue({ fold }: OwnedPartition<R>, now: number): number {
    const phase = (fold.partition * 7) % PHASES;
    return now + (this.options.intervalMs * (phase + 1)) / PHASES;
  }

  private isLookDue(owned: OwnedPartition<R>, now: number): boolean {
    const due = (this.looks.get(owned) ?? now) + LOOK_MS;
    this.looks.set(owned, now >= due ? now : due - LOOK_MS);
    return now >= due;
  }

  /** Nothing else is begun for the partition before it ends. */
  private async during(owned: OwnedPartition<R>, work: Promise<unknown>): Promise<void> {
    this.running.set(owned, work);
    await work;
    this.running.delete(owned);
  }

  private async run(owned: OwnedPartition<R>): Promise<CheckpointReport> {
    const { fold } = owned;
    const started = this.options.now();
    const { day } = fold;
    const report = await fold.state.checkpoint({
      isQuiet: () => fold.outbox.isQuiet,
      quiet: () => fold.outbox.quiet(),
      commit: (position) => owned.commit(position),
      passed: (step) => {
        this.observer.passed(step === 'chunk-sent' ? 'within-states' : step);
      },
    });
    const ended = this.options.now();
    const took = ended - started;
    this.looks.set(owned, ended);
    this.due.set(owned, ended + Math.max(this.options.intervalMs, took * PAUSE_PER_DURATION));
    this.observer.checkpointed(fold.partition, { ...report, seconds: took / 1000 });
    // One more day, for clocks of brokers that differ.
    if (report.outcome === 'committed') fold.state.admissions.forgetBefore(day - 1);
    if (report.outcome === 'overtaken') {
      this.detector.drop(fold.partition, 'another member has stored newer state');
    }
    return report;
  }
}
