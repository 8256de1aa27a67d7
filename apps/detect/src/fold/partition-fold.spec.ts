import { describe, expect, it } from '@jest/globals';
import { ChangelogPartition, restoreState } from '@keywatch/kafka';
import {
  aJunkMessage,
  aLogMessage,
  MemoryChangelog,
  tinyEngine,
  type TinyRecord,
} from '@keywatch/testing';
import { EngineTimeline } from './engine-timeline.js';
import { FoldError, PartitionFold } from './partition-fold.js';
import type { SettingsChange } from './settings-timeline.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 2, 1);

interface Options {
  readonly log?: MemoryChangelog;
  readonly position?: number;
  readonly unknownKeys?: number;
  readonly keepsMs?: number;
  readonly changes?: readonly SettingsChange[];
}

async function open(options: Options = {}) {
  const { log = new MemoryChangelog(), position = 0, unknownKeys = 100 } = options;
  const keeps = options.keepsMs === undefined ? {} : { keepsMs: options.keepsMs };
  const restored = await restoreState(log, 2);
  const codec = tinyEngine(keeps);
  const state = new ChangelogPartition(log, 2, codec, { position, hotLimit: 10, restored });
  const settings = { rules: {}, latenessMs: 0, unknownKeys };
  const changes = options.changes ?? [{ from: 0, settings }];
  const engines = new EngineTimeline<TinyRecord>(changes, ({ latenessMs }) =>
    tinyEngine({ ...keeps, every: 3 - latenessMs, name: `lateness ${latenessMs}` }),
  );
  return new PartitionFold(state, engines);
}

function store(fold: PartitionFold<TinyRecord>) {
  return fold.state.checkpoint({
    isQuiet: () => true,
    quiet: () => Promise.resolve(),
    commit: () => Promise.resolve(),
  });
}

describe('PartitionFold', () => {
  it('folds into records and moves behind each message', async () => {
    const fold = await open();
    expect(fold.fold(aLogMessage({ offset: 0, keyId: 'a' }))).toBe('folded');
    expect(fold.fold(aLogMessage({ offset: 4, keyId: 'a' }))).toBe('folded');
    expect(fold.state.position).toBe(5);
    expect(fold.state.records.get('live/default/a')?.counted).toEqual([0, 4]);
  });

  it('counts what is no event and goes on', async () => {
    const fold = await open();
    expect(fold.fold(aJunkMessage(0))).toBe('undecodable');
    expect(fold.state.position).toBe(1);
    expect(fold.state.isBehind).toBe(true);
    expect(fold.state.changes).toBe(0);
  });

  it('leaves out what is before the position', async () => {
    const fold = await open({ position: 5 });
    expect(fold.fold(aLogMessage({ offset: 4 }))).toBe('already-folded');
    expect(fold.state.records.size).toBe(0);
    expect(fold.state.position).toBe(5);
  });

  it('leaves out what a stored record holds beyond the position', async () => {
    const log = new MemoryChangelog();
    const first = await open({ log });
    first.fold(aLogMessage({ offset: 0, keyId: 'a' }));
    first.fold(aLogMessage({ offset: 1, keyId: 'a' }));
    await store(first);
    const again = await open({ log, position: 0 });
    expect(again.fold(aLogMessage({ offset: 1, keyId: 'a' }))).toBe('already-folded');
    expect(again.fold(aLogMessage({ offset: 2, keyId: 'a' }))).toBe('folded');
    expect(again.outbox.size).toBe(1);
  });

  it('leaves out what a key that was taken away held beyond the position', async () => {
    const log = new MemoryChangelog();
    const first = await open({ log, keepsMs: HOUR_MS });
    first.fold(aLogMessage({ offset: 0, keyId: 'a', logTimeMs: START }));
    first.fold(aLogMessage({ offset: 1, keyId: 'b', logTimeMs: START + 5 * HOUR_MS }));
    expect(first.removeExpired()).toBe(1);
    await store(first);
    const again = await open({ log, position: 0, keepsMs: HOUR_MS });
    const repeated = aLogMessage({ offset: 0, keyId: 'a', logTimeMs: START });
    expect(again.fold(repeated)).toBe('already-folded');
  });

  it('says where the bug is when an engine fails', async () => {
    const fold = await open();
    const bad = { ...aLogMessage({ offset: 7 }), timestamp: '1' };
    fold.state.records.set('live/default/key_42', null as unknown as TinyRecord);
    expect(() => fold.fold(bad)).toThrow(FoldError);
    expect(() => fold.fold({ ...bad, offset: '8' })).toThrow('partition 2, offset 8');
  });

  describe('settings', () => {
    const settings = (latenessMs: number) => ({ rules: {}, latenessMs, unknownKeys: 100 });
    const changes = [
      { from: 0, settings: settings(0) },
      { from: 3, settings: settings(2) },
    ];

    it('change at their offset, not at a batch or a restart', async () => {
      const fold = await open({ changes });
      for (const offset of [0, 1, 2, 3]) fold.fold(aLogMessage({ offset, keyId: 'a' }));
      const told: string[] = [];
      await fold.outbox.flush((alerts) => {
        told.push(...alerts.map(({ alert }) => `${alert.window} ${alert.title}`));
        return Promise.resolve();
      });
      expect(told).toEqual(['0+1+2 lateness 0', '0+1+2+3 lateness 2']);
    });

    it('are those of the position after a restart', async () => {
      const fold = await open({ changes, position: 3 });
      fold.fold(aLogMessage({ offset: 3, keyId: 'a' }));
      expect(fold.outbox.size).toBe(1);
    });
  });

  describe('keys that nobody issued', () => {
    it('are refused beyond the bound of their day; issued and known ones are not', async () => {
      const fold = await open({ unknownKeys: 2 });
      const outcome = (offset: number, keyId: string, over = {}) =>
        fold.fold(aLogMessage({ offset, keyId, logTimeMs: START, ...over }));
      expect(outcome(0, 'a')).toBe('folded');
      expect(outcome(1, 'b')).toBe('folded');
      expect(outcome(2, 'c')).toBe('refused');
      expect(outcome(3, 'a')).toBe('folded');
      expect(outcome(4, 'd', { type: 'keywatch.key.created.v1' })).toBe('folded');
      expect(outcome(5, 'd')).toBe('folded');
      expect(outcome(6, 'c', { logTimeMs: START + DAY_MS })).toBe('folded');
    });

    it('count as before after a restart', async () => {
      const log = new MemoryChangelog();
      const first = await open({ log, unknownKeys: 2 });
      first.fold(aLogMessage({ offset: 0, keyId: 'a', logTimeMs: START }));
      first.fold(aLogMessage({ offset: 1, keyId: 'b', logTimeMs: START }));
      await store(first);
      const again = await open({ log, unknownKeys: 2, position: 2 });
      const outcome = again.fold(aLogMessage({ offset: 2, keyId: 'c', logTimeMs: START }));
      expect(outcome).toBe('refused');
    });

    it('count anew once expired, whether or not they were taken away by then', async () => {
      for (const looks of [0, 10]) {
        const fold = await open({ unknownKeys: 1, keepsMs: DAY_MS });
        const later = START + 3 * DAY_MS;
        fold.fold(aLogMessage({ offset: 0, keyId: 'a', logTimeMs: START }));
        fold.fold(aLogMessage({ offset: 1, keyId: 'b', logTimeMs: later }));
        fold.removeExpired(looks);
        const outcome = fold.fold(aLogMessage({ offset: 2, keyId: 'a', logTimeMs: later }));
        expect(outcome).toBe('refused');
      }
    });
  });

  describe('removeExpired', () => {
    it('takes away what expired an hour ago, a few looks at a time', async () => {
      const fold = await open({ keepsMs: HOUR_MS });
      for (let offset = 0; offset < 5; offset += 1) {
        fold.fold(aLogMessage({ offset, keyId: `k${offset}`, logTimeMs: START }));
      }
      fold.fold(aLogMessage({ offset: 5, keyId: 'new', logTimeMs: START + 1.5 * HOUR_MS }));
      while (fold.removeExpired(10) > 0);
      expect(fold.state.records.size).toBe(6);
      fold.fold(aLogMessage({ offset: 6, keyId: 'new', logTimeMs: START + 3 * HOUR_MS }));
      const removed = [1, 2, 3].map(() => fold.removeExpired(2));
      expect(removed.reduce((sum, n) => sum + n)).toBe(5);
      expect(Math.max(...removed)).toBe(2);
      expect([...fold.state.records.keys()]).toEqual(['live/default/new']);
    });

    it('goes through the keys once an hour of log time', async () => {
      const fold = await open({ keepsMs: 0 });
      fold.fold(aLogMessage({ offset: 0, keyId: 'a', logTimeMs: START }));
      expect(fold.removeExpired()).toBe(0);
      fold.fold(aLogMessage({ offset: 1, keyId: 'b', logTimeMs: START + 0.9 * HOUR_MS }));
      expect(fold.removeExpired()).toBe(0);
      fold.fold(aLogMessage({ offset: 2, keyId: 'b', logTimeMs: START + 2 * HOUR_MS }));
      expect(fold.removeExpired()).toBe(1);
    });
  });
});
