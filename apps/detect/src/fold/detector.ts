import type { KafkaBatchContext, KafkaMessage } from '@keywatch/kafka';
import { FoldError, type PartitionFold } from './partition-fold.js';
import { PositionError, type PartitionOpener } from './partition-opener.js';
import type { AlertSink, DetectObserver } from './ports.js';
import type { EffectiveSettings } from './settings-timeline.js';

/** What detection needs of a batch and its consumer. */
export type BatchAccess = Pick<
  KafkaBatchContext,
  'partition' | 'fetchedFrom' | 'isCurrent' | 'heartbeat' | 'resolve' | 'commit' | 'seek' | 'pause'
> & { readonly batch: { readonly highWatermark: string; lastOffset(): string } };

/** A partition in memory and how its position is committed. */
export interface OwnedPartition<R> {
  readonly fold: PartitionFold<R>;
  commit: (position: number) => Promise<void>;
}

/** Messages between two heartbeats, and between two looks at whether the process has to stop. */
const SLICE = 500;
/** Alerts that are sent before the batch ends. */
const ALERTS_AT_ONCE = 500;

/** Folds batches; keeps the state of the partitions that this member owns. */
export class Detector<R> {
  private readonly owned = new Map<number, OwnedPartition<R>>();
  private readonly turns = new Map<number, Promise<void>>();
  private stopping = false;

  constructor(
    private readonly opener: PartitionOpener<R>,
    private readonly alerts: AlertSink,
    private readonly observer: DetectObserver,
    /** A bug or a contradiction: the process must end with the message; trying again would be for ever. */
    private readonly onFatal: (error: Error) => void,
  ) {}

  get partitions(): readonly OwnedPartition<R>[] {
    return [...this.owned.values()];
  }

  /** Folds one batch; alerts are acknowledged when it resolves. After any error the partition's memory is void. */
  handle(messages: readonly KafkaMessage[], batch: BatchAccess): Promise<void> {
    return this.inTurn(batch.partition, () => this.takeTurn(messages, batch));
  }

  /**
   * Other settings for what arrives from now on. Resolves when they are recorded in every open partition; one where that
   * fails is given up, and they are recorded when it is opened again. Never rejects.
   */
  async change(settings: EffectiveSettings): Promise<void> {
    this.opener.change(settings);
    const open = [...this.owned.keys()];
    await Promise.all(
      open.map((partition) => this.inTurn(partition, () => this.retime(partition))),
    );
  }

  /** The group gave these partitions to this member, and the others to other members. */
  assign(partitions: readonly number[]): void {
    this.opener.assign(partitions);
    for (const partition of this.owned.keys()) {
      if (!partitions.includes(partition)) this.drop(partition, 'assigned to another member');
    }
  }

  drop(partition: number, reason: string): void {
    const owned = this.owned.get(partition);
    if (owned === undefined) return;
    this.owned.delete(partition);
    owned.fold.state.lose();
    owned.fold.outbox.fail(new Error(`Partition ${partition} was given up: ${reason}`));
    this.observer.dropped(partition, reason);
  }

  /** Takes no more batches; resolves when those under way have ended, at most one slice later. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.turns.values());
  }

  private inTurn(partition: number, act: () => Promise<void>): Promise<void> {
    const turn = (this.turns.get(partition) ?? Promise.resolve()).then(act);
    // The next turn waits for this one, whatever became of it.
    this.turns.set(
      partition,
      turn.catch(() => undefined),
    );
    return turn;
  }

  private async retime(partition: number): Promise<void> {
    const owned = this.owned.get(partition);
    if (owned === undefined || this.stopping) return;
    try {
      await this.opener.retime(owned.fold);
    } catch (error) {
      if (this.owned.get(partition) !== owned) return;
      this.drop(partition, `changed settings were not recorded: ${(error as Error).message}`);
    }
  }

  private async takeTurn(messages: readonly KafkaMessage[], batch: BatchAccess): Promise<void> {
    if (this.stopping) batch.pause();
    if (this.stopping || !batch.isCurrent()) return;
    try {
      const owned = await this.atPosition(batch);
      if (owned === undefined) return;
      owned.commit = (position) => batch.commit(String(position));
      await this.foldBatch(owned.fold, messages, batch);
    } catch (error) {
      this.drop(batch.partition, (error as Error).message);
      if (error instanceof FoldError || error instanceof PositionError) this.onFatal(error);
      throw error;
    }
  }

  /** The partition's state at a position that the batch goes on from, or undefined after a seek to it. */
  private async atPosition(batch: BatchAccess): Promise<OwnedPartition<R> | undefined> {
    const { partition } = batch;
    const fetchedFrom = Number(batch.fetchedFrom);
    const known = this.owned.get(partition);
    if (known !== undefined && fetchedFrom <= known.fold.state.position) return known;
    if (known !== undefined) {
      this.drop(partition, `at ${known.fold.state.position}, the batch begins at ${fetchedFrom}`);
    }
    const opened = await this.opener.open(partition, fetchedFrom, () => beat(batch));
    if ('seekTo' in opened) {
      batch.seek(String(opened.seekTo));
      return undefined;
    }
    if (!batch.isCurrent()) return undefined;
    const owned: OwnedPartition<R> = { fold: opened.fold, commit: () => Promise.resolve() };
    this.owned.set(partition, owned);
    return owned;
  }

  private async foldBatch(
    fold: PartitionFold<R>,
    messages: readonly KafkaMessage[],
    batch: BatchAccess,
  ): Promise<void> {
    for (let at = 0; at < messages.length; at += SLICE) {
      this.foldSlice(fold, messages, at, Math.min(at + SLICE, messages.length));
      if (fold.outbox.size >= ALERTS_AT_ONCE) await this.sendAlerts(fold);
      await batch.heartbeat();
      if (fold.state.isLost()) throw new Error(`Partition ${fold.partition} was lost`);
      if (this.stopping) break;
    }
    await this.sendAlerts(fold);
    if (this.stopping) return;
    const last = batch.batch.lastOffset();
    // Beyond control records too, which no handler sees.
    fold.state.position = Math.max(fold.state.position, Number(last) + 1);
    this.observer.lag(
      fold.partition,
      Math.max(0, Number(batch.batch.highWatermark) - fold.state.position),
      fold.lastLogTimeMs,
    );
    if (batch.isCurrent()) batch.resolve(last);
  }

  private foldSlice(
    fold: PartitionFold<R>,
    messages: readonly KafkaMessage[],
    from: number,
    to: number,
  ): void {
    const started = performance.now();
    const outcomes = new Map<string, number>();
    for (const message of messages.slice(from, to)) {
      const outcome = fold.fold(message);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    fold.removeExpired();
    this.observer.folded(outcomes, (performance.now() - started) / 1000);
  }

  private async sendAlerts(fold: PartitionFold<R>): Promise<void> {
    if (fold.outbox.size === 0) return;
    await fold.outbox.flush(async (alerts) => {
      await this.alerts.publish(alerts);
      this.observer.alertsSent(alerts);
    });
    this.observer.passed('alerts-sent');
  }
}

/** While state is restored nothing is folded: that the group is about to move on needn't stop it. */
async function beat(batch: BatchAccess): Promise<void> {
  try {
    await batch.heartbeat();
  } catch (error) {
    if ((error as { type?: string }).type !== 'REBALANCE_IN_PROGRESS') throw error;
  }
}
