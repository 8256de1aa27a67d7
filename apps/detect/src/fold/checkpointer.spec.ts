import { describe, expect, it } from '@jest/globals';
import { ChangelogPartition, restoreState, type ChangelogRecord } from '@keywatch/kafka';
import { aLogMessage, MemoryChangelog, tinyEngine, type TinyRecord } from '@keywatch/testing';
import { Checkpointer } from './checkpointer.js';
import type { Detector, OwnedPartition } from './detector.js';
import { EngineTimeline } from './engine-timeline.js';
import { PartitionFold } from './partition-fold.js';
import { DetectObserver, type CheckpointFacts } from './ports.js';

class Observer extends DetectObserver {
  readonly checkpoints: string[] = [];
  override checkpointed(partition: number, { outcome }: CheckpointFacts): void {
    this.checkpoints.push(`${partition} ${outcome}`);
  }
  override dropped = (): void => undefined;
  override lag = (): void => undefined;
  override folded = (): void => undefined;
  override alertsSent = (): void => undefined;
  override restored = (): void => undefined;
  override missed = (): void => undefined;
  override settingsHold = (): void => undefined;
  override passed = (): void => undefined;
}

/** A changelog whose writes wait until they are let through. */
class SlowChangelog extends MemoryChangelog {
  hold: Promise<void> = Promise.resolve();
  override async append(partition: number, records: readonly ChangelogRecord[]): Promise<number> {
    await this.hold;
    return super.append(partition, records);
  }
}

async function world(partitions: number[], intervalMs = 1600) {
  const log = new SlowChangelog();
  const owned: OwnedPartition<TinyRecord>[] = [];
  const commits: string[] = [];
  for (const partition of partitions) {
    const restored = await restoreState(log, partition);
    const options = { position: 0, hotLimit: 10, restored };
    const state = new ChangelogPartition(log, partition, tinyEngine(), options);
    const settings = { rules: {}, latenessMs: 0, unknownKeys: 10 };
    const engines = new EngineTimeline<TinyRecord>([{ from: 0, settings }], () => tinyEngine());
    owned.push({
      fold: new PartitionFold(state, engines),
      commit: (position) => {
        commits.push(`${partition} at ${position}`);
        return Promise.resolve();
      },
    });
  }
  const observer = new Observer();
  const clock = { now: 0 };
  const drops: string[] = [];
  const detector = {
    get partitions() {
      return owned;
    },
    drop: (partition: number, reason: string) => drops.push(`${partition} ${reason}`),
    // All that a checkpointer asks of it; a class with private members can't be doubled otherwise.
  } as unknown as Detector<TinyRecord>;
  const checkpointer = new Checkpointer(detector, observer, { intervalMs, now: () => clock.now });
  const fold = (i: number, offset: number) => owned[i]?.fold.fold(aLogMessage({ offset }));
  const tick = async (now: number) => {
    clock.now = now;
    checkpointer.tick();
    await new Promise(setImmediate);
  };
  return { log, owned, observer, commits, drops, checkpointer, fold, tick, clock };
}

describe('Checkpointer', () => {
  it('stores each partition in its own phase of the interval', async () => {
    const { fold, tick, observer } = await world([0, 1, 2]);
    for (const i of [0, 1, 2]) fold(i, 0);
    const stored: string[][] = [];
    for (const now of [0, 99, 100, 799, 800, 1499, 1500]) {
      await tick(now);
      stored.push([...observer.checkpoints]);
    }
    expect(stored).toEqual([
      [],
      [],
      ['0 committed'],
      ['0 committed'],
      ['0 committed', '1 committed'],
      ['0 committed', '1 committed'],
      ['0 committed', '1 committed', '2 committed'],
    ]);
  });

  it('stores nothing where nothing happened, and at once when something does after a pause', async () => {
    const { fold, tick, observer, commits } = await world([0]);
    await tick(0);
    await tick(5000);
    expect(observer.checkpoints).toEqual([]);
    fold(0, 0);
    await tick(5001);
    expect(commits).toEqual(['0 at 1']);
    fold(0, 1);
    await tick(5002);
    expect(commits).toHaveLength(1);
    await tick(6601);
    expect(commits).toEqual(['0 at 1', '0 at 2']);
  });

  it('runs one checkpoint of a partition at a time and pauses longer after a long one', async () => {
    const { log, fold, tick, commits, clock } = await world([0]);
    let release: () => void = () => undefined;
    log.hold = new Promise((resolve) => {
      release = resolve;
    });
    fold(0, 0);
    await tick(0);
    await tick(100);
    await tick(1700);
    clock.now = 3100;
    release();
    await new Promise(setImmediate);
    expect(commits).toEqual(['0 at 1']);
    fold(0, 1);
    // It took 3,000 ms: the next is due 12,000 ms after its end.
    await tick(15_099);
    expect(commits).toHaveLength(1);
    await tick(15_100);
    expect(commits).toHaveLength(2);
  });

  it('stores nothing while the group moves on', async () => {
    const { fold, tick, commits, checkpointer } = await world([0]);
    fold(0, 0);
    await tick(0);
    checkpointer.isPaused = true;
    await tick(5000);
    expect(commits).toEqual([]);
    checkpointer.isPaused = false;
    await tick(5001);
    expect(commits).toHaveLength(1);
  });

  it('gives up a partition that another member has taken further', async () => {
    const { log, fold, tick, drops } = await world([0]);
    await log.append(0, [{ key: 'x', value: '{}', asOf: 99, admitted: undefined }]);
    fold(0, 0);
    await tick(0);
    await tick(100);
    expect(drops).toEqual(['0 another member has stored newer state']);
  });

  it('looks for late writes of an old owner where nothing is to be stored, every ten minutes', async () => {
    const { log, fold, tick, commits, observer } = await world([0]);
    fold(0, 0);
    await tick(0);
    await tick(100);
    await log.append(0, [
      { key: 'live/default/key_42', value: '{}', asOf: -1, admitted: undefined },
    ]);
    await tick(600_099);
    await tick(600_100);
    expect(log.records(0)).toHaveLength(2);
    await tick(600_101);
    await tick(602_000);
    expect(log.records(0)).toHaveLength(3);
    expect(log.records(0).at(-1)).toMatchObject({ asOf: 0 });
    expect(commits).toHaveLength(3);
    expect(observer.checkpoints).toHaveLength(3);
  });

  it('stores what is left at the end, after a checkpoint under way', async () => {
    const { fold, tick, commits, checkpointer } = await world([0, 1]);
    fold(0, 0);
    await tick(0);
    checkpointer.tick();
    fold(0, 1);
    fold(1, 0);
    await checkpointer.finish(1000);
    expect(commits.sort()).toEqual(['0 at 2', '1 at 1']);
    await tick(9999);
    expect(commits).toHaveLength(2);
  });

  it('does not wait for ever at the end', async () => {
    const { log, fold, commits, checkpointer } = await world([0]);
    log.hold = new Promise(() => undefined);
    fold(0, 0);
    await checkpointer.finish(20);
    expect(commits).toEqual([]);
  });

  it('ticks by itself once started', async () => {
    const { fold, checkpointer, owned, clock } = await world([0], 1);
    fold(0, 0);
    checkpointer.tick();
    clock.now = 10;
    const committed = new Promise((resolve) => {
      if (owned[0] === undefined) return;
      owned[0].commit = (position) => {
        resolve(position);
        return Promise.resolve();
      };
    });
    checkpointer.start();
    expect(await committed).toBe(1);
    await checkpointer.finish(100);
  });
});
