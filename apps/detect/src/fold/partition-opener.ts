import { ChangelogPartition, restoreState, type ChangelogLog } from '@keywatch/kafka';
import { EngineTimeline } from './engine-timeline.js';
import type { FoldEngine } from './fold-engine.js';
import { PartitionFold } from './partition-fold.js';
import { OVERTAKEN, type DetectObserver, type SourcePositions } from './ports.js';
import {
  SETTINGS_KEY,
  settingsTimeline,
  type EffectiveSettings,
  type SettingsTimeline,
} from './settings-timeline.js';

export interface OpenerOptions<R> {
  readonly log: ChangelogLog;
  readonly positions: SourcePositions;
  readonly observer: DetectObserver;
  readonly settings: EffectiveSettings;
  readonly createEngine: (settings: EffectiveSettings) => FoldEngine<R>;
  /** Records kept as objects, per partition. */
  readonly hotLimit: number;
}

export type Opened<R> = { readonly fold: PartitionFold<R> } | { readonly seekTo: number };

/** State and log contradict each other; a person has to decide. */
export class PositionError extends Error {
  override readonly name = 'PositionError';
}

/** Brings a partition's state into memory, at the position from which the log goes on. */
export class PartitionOpener<R> {
  /** By partition: where its log ended when it was assigned to this member; undefined where that is not known. */
  private readonly endsAtAssignment = new Map<number, Promise<number | undefined>>();
  private settings: EffectiveSettings;

  constructor(private readonly options: OpenerOptions<R>) {
    this.settings = options.settings;
  }

  /**
   * Notes where the logs of newly assigned partitions end: changed settings hold from there. At their first batch,
   * when they are opened, its events would be before the end.
   */
  assign(partitions: readonly number[]): void {
    for (const partition of this.endsAtAssignment.keys()) {
      if (!partitions.includes(partition)) this.endsAtAssignment.delete(partition);
    }
    for (const partition of partitions) {
      if (!this.endsAtAssignment.has(partition)) this.noteEnd(partition);
    }
  }

  /** Other settings for what arrives from now on. Partitions that are open take them up by {@link retime}. */
  change(settings: EffectiveSettings): void {
    this.settings = settings;
    for (const partition of this.endsAtAssignment.keys()) this.noteEnd(partition);
  }

  /**
   * Records the settings that hold now in a partition that is open, and lets them hold from the end of its log: what
   * was folded, by whomever, is before it. Between two batches only: nothing may be folded meanwhile.
   */
  async retime(fold: PartitionFold<R>): Promise<void> {
    const { state, partition } = fold;
    const { high } = await this.options.positions.bounds(partition);
    const recorded = state.meta.get(SETTINGS_KEY)?.value;
    const timeline = settingsTimeline(recorded, this.settings, Math.max(high, state.position));
    if (timeline.toRecord === undefined || state.isLost()) return;
    await this.record(state, timeline);
    fold.retime(new EngineTimeline(timeline.changes, this.options.createEngine));
  }

  private noteEnd(partition: number): void {
    const end = this.options.positions.bounds(partition).then(
      ({ high }) => high,
      () => undefined,
    );
    this.endsAtAssignment.set(partition, end);
  }

  private async record(
    state: ChangelogPartition<R>,
    { changes, toRecord }: SettingsTimeline,
  ): Promise<void> {
    if (toRecord === undefined) return;
    await state.writeMeta(SETTINGS_KEY, JSON.stringify(changes), toRecord.from);
    this.options.observer.settingsHold(state.partition, toRecord.from);
  }

  /**
   * @param fetchedFrom where the consumer reads at the moment. kafkajs goes on at the offset it resolved last, which
   * may be beyond the committed one that the state belongs to: then the answer is where to seek.
   * @throws PositionError where the state is ahead of the log.
   */
  async open(
    partition: number,
    fetchedFrom: number,
    heartbeat: () => Promise<void>,
  ): Promise<Opened<R>> {
    const { log, positions, observer } = this.options;
    const committed = await positions.committed(partition);
    const { low, high } = await positions.bounds(partition);
    const overtaken = committed !== undefined && committed < low;
    const position = committed === undefined || overtaken ? Math.min(low, fetchedFrom) : committed;
    if (position > high) throw aheadOfLog(partition, position, high);
    if (fetchedFrom > position) return { seekTo: Math.max(position, low) };

    const started = performance.now();
    const restored = await restoreState(log, partition, heartbeat);
    // A position that retention overtook lies before the log, and so does all that was folded up to it.
    const contradiction = committed === OVERTAKEN && restored.asOf >= low;
    if (restored.asOf >= high || contradiction) {
      throw aheadOfLog(partition, restored.asOf + 1, high);
    }
    if (overtaken) {
      const from = committed >= 0 ? committed : restored.asOf >= 0 ? restored.asOf + 1 : undefined;
      if (from === undefined || from < low) observer.missed(partition, from, low);
    }
    // Not before anything that was evaluated already.
    const endAtAssignment = (await this.endsAtAssignment.get(partition)) ?? high;
    const changesFrom = Math.max(endAtAssignment, position, restored.asOf + 1);
    const recorded = restored.meta.get(SETTINGS_KEY)?.value;
    const timeline = settingsTimeline(recorded, this.settings, changesFrom);
    const state = new ChangelogPartition(log, partition, this.codec(), {
      position,
      hotLimit: this.options.hotLimit,
      restored,
    });
    await this.record(state, timeline);
    observer.restored({
      partition,
      position,
      keys: state.records.size,
      records: restored.records,
      bytes: restored.bytes,
      overwritten: restored.overwritten.size,
      seconds: (performance.now() - started) / 1000,
    });
    return {
      fold: new PartitionFold(
        state,
        new EngineTimeline(timeline.changes, this.options.createEngine),
      ),
    };
  }

  /** Every engine reads and writes the same records, whatever its settings. */
  private codec(): FoldEngine<R> {
    return this.options.createEngine(this.settings);
  }
}

function aheadOfLog(partition: number, position: number, high: number): PositionError {
  return new PositionError(
    `Partition ${partition}: detection has seen offset ${position - 1}, which the log (it ends at ${high}) doesn't go on from: the topic was created anew or lost its end. ` +
      'If it was created anew on purpose, delete the topic keywatch.detection-state and the group keywatch-detect; detection then starts at the beginning of the log.',
  );
}
