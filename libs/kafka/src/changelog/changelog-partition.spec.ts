import { describe, expect, it } from '@jest/globals';
import { MemoryChangelog } from '@keywatch/testing';
import type { ChangelogRecord } from './changelog-record.js';
import {
  CHECKPOINT_CHUNK,
  ChangelogPartition,
  type CheckpointSteps,
} from './changelog-partition.js';
import { restoreState } from './restore.js';

const codec = { serialize: (text: string) => text, deserialize: (text: string) => text };

async function open(log: MemoryChangelog, position = 0) {
  const restored = await restoreState(log, 0);
  return new ChangelogPartition(log, 0, codec, { position, hotLimit: 10, restored });
}

function steps(over: Partial<CheckpointSteps> = {}) {
  const commits: number[] = [];
  const all: CheckpointSteps = {
    isQuiet: () => true,
    quiet: () => Promise.reject(new Error('not asked')),
    commit: (position) => {
      commits.push(position);
      return Promise.resolve();
    },
    ...over,
  };
  return { commits, all };
}

/** Folds one event at the position. */
function put(state: ChangelogPartition<string>, key: string): void {
  state.position += 1;
  state.put(key, `${key}@${state.position - 1}`);
}

class Failing extends MemoryChangelog {
  failures = 0;
  override append(partition: number, records: readonly ChangelogRecord[]): Promise<number> {
    if (this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(new Error('no broker'));
    }
    return super.append(partition, records);
  }
}

describe('a checkpoint', () => {
  it('writes what changed, with the offset it counts up to, and commits the position', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    put(state, 'a');
    put(state, 'b');
    put(state, 'a');
    const { commits, all } = steps();
    expect(await state.checkpoint(all)).toMatchObject({
      outcome: 'committed',
      records: 2,
      foreign: 0,
    });
    expect(log.records(0)).toEqual([
      { key: 'a', value: 'a@2', asOf: 2, admitted: undefined },
      { key: 'b', value: 'b@1', asOf: 2, admitted: undefined },
    ]);
    expect(commits).toEqual([3]);
    expect(state.isBehind).toBe(false);
  });

  it('commits the position of its start, though states go out as they are when sent', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    for (let i = 0; i <= CHECKPOINT_CHUNK; i += 1) put(state, `k${i}`);
    let chunks = 0;
    const { commits, all } = steps({
      passed: (step) => {
        if (step !== 'chunk-sent') return;
        chunks += 1;
        if (chunks === 1) put(state, `k${CHECKPOINT_CHUNK}`);
      },
    });
    await state.checkpoint(all);
    expect(chunks).toBe(2);
    expect(commits).toEqual([CHECKPOINT_CHUNK + 1]);
    expect(log.records(0).at(-1)).toMatchObject({
      value: `k${CHECKPOINT_CHUNK}@${CHECKPOINT_CHUNK + 1}`,
      asOf: CHECKPOINT_CHUNK + 1,
    });
    expect(state.changes).toBe(0);
    expect(state.isBehind).toBe(true);
  });

  it('waits for alerts before it reads states, chunk by chunk', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    for (let i = 0; i <= CHECKPOINT_CHUNK; i += 1) put(state, `k${i}`);
    const written: number[] = [];
    let pending = 2;
    const { all } = steps({
      isQuiet: () => {
        written.push(log.records(0).length);
        return pending === 0;
      },
      quiet: () => {
        pending -= 1;
        return Promise.resolve();
      },
    });
    await state.checkpoint(all);
    expect(written).toEqual([0, 0, 0, 0, CHECKPOINT_CHUNK]);
  });

  it('writes nothing where alerts failed', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    put(state, 'a');
    const { commits, all } = steps({
      isQuiet: () => false,
      quiet: () => Promise.reject(new Error('alerts failed')),
    });
    expect(await state.checkpoint(all)).toMatchObject({ outcome: 'lost' });
    expect(log.records(0)).toEqual([]);
    expect(commits).toEqual([]);
  });

  it('writes and removes keys', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    put(state, 'a');
    await state.checkpoint(steps().all);
    state.position = 9;
    state.remove('a');
    await state.checkpoint(steps().all);
    expect(log.records(0)[1]).toEqual({ key: 'a', value: null, asOf: 8, admitted: undefined });
    expect((await open(log, 5)).removed).toEqual(new Map([['a', 8]]));
    expect((await open(log, 9)).removed.size).toBe(0);
  });

  it('keeps keys changed whose send failed, and does not commit', async () => {
    const log = new Failing();
    const state = await open(log);
    put(state, 'a');
    log.failures = 1;
    const { commits, all } = steps();
    expect(await state.checkpoint(all)).toMatchObject({ outcome: 'send-failed' });
    expect(commits).toEqual([]);
    expect(await state.checkpoint(all)).toMatchObject({ outcome: 'committed', records: 1 });
    expect(commits).toEqual([1]);
  });

  it('ignores a failed commit and commits with the next', async () => {
    const state = await open(new MemoryChangelog());
    put(state, 'a');
    const failing = steps({ commit: () => Promise.reject(new Error('rebalance')) });
    expect(await state.checkpoint(failing.all)).toMatchObject({
      outcome: 'commit-failed',
      records: 1,
    });
    expect(state.isBehind).toBe(true);
    const { commits, all } = steps();
    expect(await state.checkpoint(all)).toMatchObject({ outcome: 'committed', records: 0 });
    expect(commits).toEqual([1]);
  });

  it('stops within its chunks when the partition is lost', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    for (let i = 0; i <= CHECKPOINT_CHUNK; i += 1) put(state, `k${i}`);
    const { commits, all } = steps({
      passed: () => {
        state.lose();
      },
    });
    expect(await state.checkpoint(all)).toMatchObject({
      outcome: 'lost',
      records: CHECKPOINT_CHUNK,
    });
    expect(log.records(0)).toHaveLength(CHECKPOINT_CHUNK);
    expect(commits).toEqual([]);
  });

  it('finds an older state that another wrote meanwhile and writes its key again', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    put(state, 'a');
    put(state, 'b');
    await state.checkpoint(steps().all);
    await log.append(0, [{ key: 'a', value: 'old', asOf: 0, admitted: undefined }]);
    put(state, 'b');
    expect(await state.checkpoint(steps().all)).toMatchObject({ outcome: 'committed', foreign: 1 });
    expect(await state.checkpoint(steps().all)).toMatchObject({ outcome: 'committed', records: 1 });
    log.compact(0);
    expect(new Map((await restoreState(log, 0)).entries)).toEqual(
      new Map([
        ['b', 'b@2'],
        ['a', 'a@0'],
      ]),
    );
  });

  it('takes away a key that an old owner brought back', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    put(state, 'a');
    await log.append(0, [{ key: 'gone', value: 'old', asOf: 0, admitted: undefined }]);
    await state.checkpoint(steps().all);
    await state.checkpoint(steps().all);
    expect([...(await restoreState(log, 0)).entries.keys()]).toEqual(['a']);
  });

  it('gives way where another has stored newer state', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    put(state, 'a');
    await log.append(0, [{ key: 'a', value: 'newer', asOf: 50, admitted: undefined }]);
    const { commits, all } = steps();
    expect(await state.checkpoint(all)).toMatchObject({ outcome: 'overtaken' });
    expect(commits).toEqual([]);
    expect((await restoreState(log, 0)).entries.get('a')).toBe('newer');
  });

  it('reads what others wrote with the next checkpoint where that failed', async () => {
    class Deaf extends MemoryChangelog {
      deaf = false;
      override read(options: Parameters<MemoryChangelog['read']>[0]) {
        return this.deaf ? Promise.reject(new Error('no broker')) : super.read(options);
      }
    }
    const log = new Deaf();
    const state = await open(log);
    put(state, 'a');
    await log.append(0, [{ key: 'a', value: 'old', asOf: -1, admitted: undefined }]);
    log.deaf = true;
    expect(await state.checkpoint(steps().all)).toMatchObject({ outcome: 'send-failed' });
    log.deaf = false;
    expect(await state.checkpoint(steps().all)).toMatchObject({ outcome: 'committed', foreign: 1 });
  });

  it('writes keys again that a restore found overwritten', async () => {
    const log = new MemoryChangelog();
    await log.append(0, [
      { key: 'a', value: 'new', asOf: 7, admitted: 20 },
      { key: 'a', value: 'old', asOf: 3, admitted: undefined },
    ]);
    const state = await open(log, 8);
    expect(await state.checkpoint(steps().all)).toMatchObject({ outcome: 'committed', records: 1 });
    expect(log.records(0).at(-1)).toEqual({ key: 'a', value: 'new', asOf: 7, admitted: 20 });
  });

  it('fails where the changelog got shorter', async () => {
    const log = new MemoryChangelog();
    await log.append(0, [{ key: 'a', value: 'x', asOf: 3, admitted: undefined }]);
    const state = await open(log, 4);
    log.records(0).length = 0;
    put(state, 'b');
    const report = await state.checkpoint(steps().all);
    expect(report).toMatchObject({ outcome: 'send-failed' });
    expect(String(report.error)).toContain('got shorter');
  });

  it('runs one after the other', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    put(state, 'a');
    let release: () => void = () => undefined;
    let pending = true;
    const first = steps({
      isQuiet: () => !pending,
      quiet: () => new Promise((resolve) => (release = resolve)),
    });
    const second = steps();
    const both = [state.checkpoint(first.all), state.checkpoint(second.all)];
    await new Promise(setImmediate);
    expect(second.commits).toEqual([]);
    pending = false;
    release();
    expect((await Promise.all(both)).map(({ outcome }) => outcome)).toEqual([
      'committed',
      'committed',
    ]);
  });
});

describe('a partition without writes of its own', () => {
  it('finds what an old owner wrote, and puts it right with the next checkpoint', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    put(state, 'a');
    await state.checkpoint(steps().all);
    expect(await state.lookForOthers()).toBe(false);
    await log.append(0, [{ key: 'a', value: 'old', asOf: -1, admitted: undefined }]);
    expect(await state.lookForOthers()).toBe(true);
    expect(state.isBehind).toBe(true);
    await state.checkpoint(steps().all);
    await state.checkpoint(steps().all);
    expect(log.records(0).at(-1)).toMatchObject({ key: 'a', value: 'a@0' });
    expect(await state.lookForOthers()).toBe(false);
    expect(state.isBehind).toBe(false);
  });

  it('looks again later where the broker did not answer', async () => {
    class Deaf extends MemoryChangelog {
      override end = (): Promise<number> => Promise.reject(new Error('no broker'));
    }
    const state = await open(new Deaf());
    expect(await state.lookForOthers()).toBe(false);
    put(state, 'a');
    expect(await state.checkpoint(steps().all)).toMatchObject({ outcome: 'committed' });
  });
});

describe('a record about the partition', () => {
  it('is written at once, and again when an old owner wrote it over', async () => {
    const log = new MemoryChangelog();
    const state = await open(log);
    await state.writeMeta('@settings', 'now', 10);
    await log.append(0, [{ key: '@settings', value: 'before', asOf: 0, admitted: undefined }]);
    put(state, 'a');
    await state.checkpoint(steps().all);
    await state.checkpoint(steps().all);
    expect(log.records(0).at(-1)).toMatchObject({ key: '@settings', value: 'now', asOf: 10 });
  });

  it('has a name that no record has', async () => {
    const state = await open(new MemoryChangelog());
    await expect(state.writeMeta('live/a/b', 'x', 0)).rejects.toThrow('must begin with @');
  });
});
