import type { KafkaMessage } from 'kafkajs';
import { encodeAnnouncement } from './announcement.js';
import { beginPartition } from './begin-partition.js';
import { Brake } from './brake.js';
import type { BuildQueue } from './build-queue.js';
import type { ByteBudget } from './byte-budget.js';
import { collect, rangeOf, verified } from './collect.js';
import { cutAt, totalBytes, type RangeLimits } from './cut.js';
import type { Epoch } from './epoch.js';
import { HoldPartition, lasting, lastingUnlessLost, RangeFault } from './errors.js';
import type { Gate } from './gate.js';
import { withHeartbeats } from './heartbeats.js';
import {
  hasNext,
  neededOffset,
  UNKNOWN,
  type OpenRange,
  type PartitionState,
} from './partition-state.js';
import type { RangeContext, RangeObserver, RangeSink, StoredRanges } from './ports.js';
import { tokenOf, type MessageRange } from './range.js';
import type { ReadRetry } from './retry-read.js';
import { alive, owns, type Run } from './run.js';

export interface PartitionOptions<Built> {
  readonly topic: string;
  readonly sink: RangeSink<Built>;
  readonly stored: StoredRanges;
  readonly budget: ByteBudget;
  /** Shared by all partitions of the process. */
  readonly builds: BuildQueue;
  readonly gate: Gate;
  readonly limits: RangeLimits;
  readonly rowVersion: string;
  /** Quiet time after which the last range is acknowledged, in ms. */
  readonly idleMs: number;
  readonly observer: RangeObserver;
  readonly retry?: ReadRetry;
  readonly isDraining: () => boolean;
  /** A build or insert that nobody waits for has failed for good. */
  readonly onFault: (error: Error) => void;
}

/** A range that is being built and inserted, while the next is fetched. */
interface Writing {
  readonly epoch: Epoch;
  /** Resolves when it is over, whatever came of it; the state says what. */
  readonly done: Promise<void>;
}

/**
 * The ranges of one partition, one batch at a time. Lives over generations; what it knows is of one: `reset()` at
 * every change of the group.
 */
export class PartitionRanges<Built> {
  private state: PartitionState = UNKNOWN;
  private turn: Promise<void> = Promise.resolve();
  /** A batch is on its way through the protocol. */
  private taking = false;
  private idle: NodeJS.Timeout | undefined;
  private acknowledging: Promise<void> = Promise.resolve();
  private writing: Writing | undefined;
  /** The last batch, while the range written from it is not acknowledged. */
  private unacknowledged: { context: RangeContext; epoch: Epoch } | undefined;
  /** Bytes kept over several batches while an open range is collected. */
  private share: (() => void) | undefined;
  private readonly brake = new Brake();
  private soughtTo: bigint | undefined;
  private readonly key: string;

  constructor(
    private readonly partition: number,
    private readonly options: PartitionOptions<Built>,
  ) {
    this.key = `${options.topic}/${partition}`;
  }

  /** The generation is over: nothing that was known of the partition holds. */
  reset(): void {
    clearTimeout(this.idle);
    this.state = UNKNOWN;
    this.unacknowledged = undefined;
    this.soughtTo = undefined;
    this.options.budget.forget(this.key);
    this.share?.();
    this.share = undefined;
    this.brake.goOn();
  }

  /** Whether an announced range was found that nobody has written: it waits for the gate. */
  get waitsUnwritten(): boolean {
    return this.state.kind === 'open' && this.state.origin === 'found' && !this.state.mayBeWritten;
  }

  /** Takes a batch when those before it are done, those of an older generation included. */
  handle(context: RangeContext, epoch: Epoch): Promise<void> {
    const turn = this.turn.then(() => this.take(context, epoch));
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  /** Acknowledges the last range now instead of after the quiet time. Resolves also where it can't. */
  async drain(): Promise<void> {
    clearTimeout(this.idle);
    await this.turn;
    await this.writing?.done;
    clearTimeout(this.idle);
    await this.acknowledge();
  }

  private async take(context: RangeContext, epoch: Epoch): Promise<void> {
    clearTimeout(this.idle);
    if (!owns(context, epoch)) return;
    this.taking = true;
    try {
      await withHeartbeats(
        () => context.heartbeat(),
        epoch.signal,
        (beats) => this.process({ context, epoch, beats }),
      );
    } catch (error) {
      // Given up because the generation is over: its successor finishes the range, and kafkajs has nothing to retry.
      if (!epoch.signal.aborted || error instanceof RangeFault) throw error;
    } finally {
      this.taking = false;
      // Here, and not with the last range: its insert may end any time before, or after (writeBehind).
      if (this.state.kind === 'settled') this.acknowledgeWhenQuiet(context, epoch);
    }
  }

  private async process(run: Run): Promise<void> {
    // An acknowledgement under way must land before the next announcement, or it would erase it.
    await this.acknowledging;
    // An insert of an older generation is given up; what it was for is begun anew only then.
    if (this.writing?.epoch !== run.epoch) await this.writing?.done;
    if (this.state.kind === 'unknown') {
      const { state, isFoundOut } = await beginPartition(this.partition, run, this.options);
      if (!alive(run)) return;
      this.state = state;
      // What was found out is put into the group's position: nobody need find it out again.
      if (isFoundOut) this.unacknowledged = run;
      await this.acknowledge();
    }
    if (this.state.kind === 'held') {
      this.brake.pause(run.context);
      return;
    }
    if (this.seekIfElsewhere(run.context)) return;
    const share = this.reserve(run.context);
    if (share === undefined) return;
    try {
      await this.writeRanges(run);
    } finally {
      this.share = undefined;
      // The share of a range that takes more fetches is kept until it is written, and so are messages being inserted.
      if (alive(run) && this.state.kind === 'open' && this.state.collected.length > 0) {
        this.share = share;
      } else if (this.writing !== undefined) void this.writing.done.then(share);
      else share();
    }
  }

  /** The announced range that this batch continues, if any; then new ranges until its end. */
  private async writeRanges(run: Run): Promise<void> {
    const { messages } = run.context;
    let at = this.firstNeeded(messages);
    let begun = false;
    for (;;) {
      const { state } = this;
      if (state.kind === 'open') {
        // The insert of a range begun here has failed: it is sought, and comes with the next fetch.
        if (begun) return;
        if (!this.options.gate.isOpen && !state.mayBeWritten) {
          this.brake.pauseAt(this.options.gate, run.context);
          return;
        }
        const end = await this.finishOpen(run, state, at);
        if (end === undefined) return;
        at = end;
      } else if (hasNext(state) && at < messages.length) {
        if (!this.mayBegin(run)) break;
        const end = await this.writeNew(run, state.next, at);
        begun = true;
        if (end === undefined) return;
        at = end;
      } else break;
      if (!alive(run)) return;
      await run.context.heartbeat();
    }
    await this.afterLast(run, at < messages.length);
  }

  private mayBegin({ context, beats }: Run): boolean {
    const { gate, isDraining } = this.options;
    return gate.isOpen && !beats.failed && !context.isStopping() && !isDraining();
  }

  private async afterLast({ context, beats }: Run, unfinished: boolean): Promise<void> {
    const { gate, isDraining } = this.options;
    if (!gate.isOpen || beats.failed || context.isStopping() || isDraining()) {
      await this.writing?.done;
      await this.acknowledge();
      if (unfinished && !gate.isOpen) this.brake.pauseAt(gate, context);
    }
  }

  private acknowledgeWhenQuiet(context: RangeContext, epoch: Epoch): void {
    if (this.taking || this.unacknowledged === undefined || !owns(context, epoch)) return;
    clearTimeout(this.idle);
    this.acknowledgeAfter(this.options.idleMs, context, epoch);
  }

  /**
   * Acknowledges after a quiet time. Where that fails (the broker is restarted), again after the same time: on a quiet
   * topic no batch comes, and the range would stay announced.
   */
  private acknowledgeAfter(idleMs: number, context: RangeContext, epoch: Epoch): void {
    this.idle = setTimeout(() => {
      if (!owns(context, epoch)) return;
      void this.acknowledge().then(() => {
        // With a batch under way it would get between this batch's announcements.
        if (this.taking || this.unacknowledged === undefined || !owns(context, epoch)) return;
        this.acknowledgeAfter(idleMs, context, epoch);
      });
    }, idleMs);
    this.idle.unref();
  }

  /**
   * Goes where the next needed message is, if the batch begins beyond it or ends before it. A batch that still begins
   * beyond it after that is right: only control records lie between.
   */
  private seekIfElsewhere(context: RangeContext): boolean {
    const needed = neededOffset(this.state);
    if (needed === undefined) return false;
    const beyond = BigInt(context.fetchedFrom) > needed && this.soughtTo !== needed;
    if (!beyond && context.end > needed) return false;
    this.soughtTo = needed;
    context.seek(String(needed));
    return true;
  }

  private firstNeeded(messages: readonly KafkaMessage[]): number {
    const { state } = this;
    if (!hasNext(state)) return 0;
    const next = Number(state.next);
    const index = messages.findIndex(({ offset }) => Number(offset) >= next);
    return index === -1 ? messages.length : index;
  }

  private reserve(context: RangeContext): (() => void) | undefined {
    if (this.share !== undefined) return this.share;
    const { budget, limits, observer, topic } = this.options;
    // An open range may need several fetches: room for all of it at once, or two halves could wait for each other.
    const bytes = totalBytes(context.messages) + (this.state.kind === 'open' ? limits.bytes : 0);
    const share = budget.reserve(this.key, bytes, () => {
      observer.waiting?.(topic, this.partition, false);
      this.brake.goOn();
    });
    if (share === undefined) {
      this.brake.pause(context);
      observer.waiting?.(topic, this.partition, true);
    }
    return share;
  }

  /** @returns index after the range's last message; undefined where more fetches are needed or all is lost */
  private async finishOpen(run: Run, open: OpenRange, at: number): Promise<number | undefined> {
    const { context } = run;
    const end = collect(open, context, at);
    if (end === undefined) {
      context.resolve(String(context.end - 1n));
      return undefined;
    }
    const { bodyCrcs } = verified(open.range, open.collected);
    const range: MessageRange = { ...open.range, messages: open.collected, bodyCrcs };
    try {
      return (await this.finish(run, open, range)) ? end : undefined;
    } catch (error) {
      // It is delivered again: kept, it would make us look for what follows it, and on a quiet topic nothing does.
      open.collected = [];
      this.soughtTo = undefined;
      throw error;
    }
  }

  /**
   * Begins the range after those that are written or on their way, and leaves its build and insert behind: the next is
   * fetched meanwhile.
   * @returns index after the range's last message, or `at` where nothing may be begun any more; undefined where it can't be
   *   begun now
   */
  private async writeNew(run: Run, from: bigint, at: number): Promise<number | undefined> {
    const { topic, limits, sink, builds, observer } = this.options;
    const { messages } = run.context;
    const { signal } = run.epoch;
    const end = cutAt(messages, at, limits);
    const range = rangeOf(topic, this.partition, from, run.context, at, end);
    const building = builds.add(() => sink.build(range, signal));
    // Until it has its turn nothing more is fetched: what waits to be built is in memory. It is announced only behind the
    // one before it: the announcement says that all before is written.
    await Promise.all([building.begun, this.writing?.done]);
    if (!alive(run) || this.state.kind !== 'settled') {
      building.drop();
      return undefined;
    }
    // Asked again, as much may have happened meanwhile.
    if (!this.mayBegin(run)) {
      building.drop();
      return at;
    }
    const { messages: _messages, bodyCrcs: _bodyCrcs, ...bare } = range;
    const open: OpenRange = {
      kind: 'open',
      range: bare,
      origin: 'own',
      announced: false,
      mayBeWritten: false,
      collected: [],
    };
    // From here on only this very range may be announced and inserted in this generation, whatever fails.
    this.state = open;
    try {
      await this.announce(run, open);
    } catch (error) {
      building.drop();
      throw error;
    }
    this.writeBehind(run, open, building.result);
    run.context.resolve(String(range.to - 1n));
    observer.step?.('resolved', topic, this.partition);
    return end;
  }

  /** Announces (where that isn't done), builds, inserts. @returns whether the range is written and settled */
  private async finish(run: Run, open: OpenRange, range: MessageRange): Promise<boolean> {
    const { context, epoch, beats } = run;
    const built = await this.prepare(run, open, range);
    if (built === undefined) return false;
    await this.insert(run, open, built, beats.signal, () => context.heartbeat()).catch(
      lastingUnlessLost(beats.signal),
    );
    if (epoch.signal.aborted) return false;
    context.resolve(String(range.to - 1n));
    this.options.observer.step?.('resolved', range.topic, this.partition);
    return true;
  }

  /** Announces where that isn't done, and builds. @returns undefined where the range can't be inserted now */
  private async prepare(
    run: Run,
    open: OpenRange,
    range: MessageRange,
  ): Promise<Built | undefined> {
    const { sink, observer, topic, builds } = this.options;
    const { beats } = run;
    if (!open.announced) await this.announce(run, open);
    let built: Built;
    try {
      built = await builds.add(() => sink.build(range, beats.signal)).result;
    } catch (error) {
      if (!(error instanceof HoldPartition)) return lastingUnlessLost(beats.signal)(error);
      await this.hold(run, open, error);
      return undefined;
    }
    observer.step?.('built', topic, this.partition);
    return alive(run) ? built : undefined;
  }

  /** Settles the range when it is in. */
  private async insert(
    { context, epoch }: Run,
    open: OpenRange,
    built: Built,
    signal: AbortSignal,
    onRetry: () => Promise<void>,
  ): Promise<void> {
    const { sink, observer, topic } = this.options;
    const { range } = open;
    const again = open.mayBeWritten;
    open.mayBeWritten = true;
    await sink.write(built, tokenOf(range), { signal, onRetry });
    observer.step?.('inserted', topic, this.partition);
    const behind = context.highWatermark - range.to;
    observer.written?.(range, { behind: behind > 0n ? behind : 0n, again });
    if (epoch.signal.aborted) return;
    this.state = { kind: 'settled', next: range.to };
    this.unacknowledged = { context, epoch };
  }

  /** Builds and inserts while the handler goes on. Heartbeats are its, or those of kafkajs between two fetches. */
  private writeBehind(run: Run, open: OpenRange, building: Promise<Built>): void {
    const { context, epoch } = run;
    this.unacknowledged = undefined;
    const done = this.insertBuilt(run, open, building)
      .catch((error: unknown) => this.behindFailed(run, open, error))
      .then(() => {
        if (this.writing?.done === done) this.writing = undefined;
        this.acknowledgeWhenQuiet(context, epoch);
      });
    this.writing = { epoch, done };
    this.state = { kind: 'writing', next: open.range.to };
  }

  private async insertBuilt(run: Run, open: OpenRange, building: Promise<Built>): Promise<void> {
    const { observer, topic } = this.options;
    const { context, epoch } = run;
    const built = await building;
    observer.step?.('built', topic, this.partition);
    if (owns(context, epoch)) {
      await this.insert(run, open, built, epoch.signal, () => Promise.resolve());
    } else if (!epoch.signal.aborted) this.state = open;
  }

  /** Whatever failed: only this very range may be inserted now, and nothing behind it be announced. */
  private async behindFailed(run: Run, open: OpenRange, error: unknown): Promise<void> {
    const { context, epoch } = run;
    if (epoch.signal.aborted) return;
    if (error instanceof HoldPartition) {
      await this.hold(run, open, error);
      return;
    }
    this.state = open;
    if ((error as { retriable?: unknown }).retriable === true) {
      context.seek(String(open.range.from));
    } else this.options.onFault(lasting(error));
  }

  private async announce(run: Run, open: OpenRange): Promise<void> {
    const { range } = open;
    if (!alive(run)) throw new Error('The partition was lost before the announcement.');
    const metadata = encodeAnnouncement({ ...range, rowVersion: this.options.rowVersion });
    await run.context.commit(String(range.from), metadata);
    open.announced = true;
    this.options.observer.step?.('announced', this.options.topic, this.partition);
  }

  /** Stops before the range. Takes its announcement back where nothing was inserted under it. */
  private async hold(run: Run, open: OpenRange, cause: HoldPartition): Promise<void> {
    const { observer, topic } = this.options;
    if (open.origin === 'own' && !open.mayBeWritten && owns(run.context, run.epoch)) {
      await run.context.commit(String(open.range.from), '').catch(() => undefined);
    }
    if (run.epoch.signal.aborted) return;
    this.state = { kind: 'held', next: open.range.from };
    this.unacknowledged = undefined;
    this.brake.pause(run.context);
    observer.held?.(topic, this.partition, open.range.from, cause.message);
  }

  private async acknowledge(): Promise<void> {
    await this.acknowledging;
    const { unacknowledged, state, options } = this;
    if (unacknowledged === undefined || state.kind !== 'settled') return;
    const { context, epoch } = unacknowledged;
    if (!owns(context, epoch)) return;
    this.acknowledging = context.commit(String(state.next), '').then(
      () => {
        if (this.unacknowledged === unacknowledged) this.unacknowledged = undefined;
        options.observer.step?.('acknowledged', options.topic, this.partition);
      },
      // Not acknowledged is only not yet: the next announcement does it, or the next quiet time.
      () => undefined,
    );
    await this.acknowledging;
  }
}
