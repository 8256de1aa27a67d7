import { describe, expect, it } from '@jest/globals';
import type { AlertEvent } from '@keywatch/events';
import type { KafkaMessage } from '@keywatch/kafka';
import { aLogMessage, MemoryChangelog, tinyEngine, type TinyRecord } from '@keywatch/testing';
import { Detector, type BatchAccess } from './detector.js';
import { FoldError } from './partition-fold.js';
import { PartitionOpener } from './partition-opener.js';
import { DetectObserver } from './ports.js';

class Observer extends DetectObserver {
  readonly drops: string[] = [];
  readonly lags: number[][] = [];
  folds = 0;
  override folded(): void {
    this.folds += 1;
  }
  override dropped(_partition: number, reason: string): void {
    this.drops.push(reason);
  }
  override lag(...facts: [number, number, number]): void {
    this.lags.push(facts);
  }
  override alertsSent = (): void => undefined;
  override restored = (): void => undefined;
  override checkpointed = (): void => undefined;
  override missed = (): void => undefined;
  override settingsHold = (): void => undefined;
  override passed = (): void => undefined;
}

function world(over: { publish?: (alerts: readonly AlertEvent[]) => Promise<void> } = {}) {
  const done: string[] = [];
  const observer = new Observer();
  const fatal: Error[] = [];
  const facts = { committed: 0, current: true };
  const opener = new PartitionOpener<TinyRecord>({
    log: new MemoryChangelog(),
    positions: {
      committed: () => Promise.resolve(facts.committed),
      bounds: () => Promise.resolve({ low: 0, high: 5000 }),
    },
    observer,
    settings: { rules: {}, latenessMs: 0, unknownKeys: 1000 },
    createEngine: () => tinyEngine(),
    hotLimit: 10,
  });
  const publish =
    over.publish ??
    ((alerts: readonly AlertEvent[]) => {
      done.push(`${alerts.length} alerts`);
      return Promise.resolve();
    });
  const detector = new Detector(opener, { publish }, observer, (error) => fatal.push(error));
  const batch = (from: number, count: number, heartbeat?: () => Promise<void>) => {
    const messages = Array.from({ length: count }, (_, i) =>
      aLogMessage({ offset: from + i, keyId: `k${i % 5}` }),
    );
    const access: BatchAccess = {
      partition: 0,
      fetchedFrom: String(from),
      batch: { highWatermark: '5000', lastOffset: () => String(from + count - 1) },
      isCurrent: () => facts.current,
      heartbeat:
        heartbeat ??
        (() => {
          done.push('beat');
          return Promise.resolve();
        }),
      resolve: (offset) => done.push(`resolve ${offset}`),
      commit: () => Promise.resolve(),
      seek: (offset) => done.push(`seek ${offset}`),
      pause: () => {
        done.push('pause');
        return () => undefined;
      },
    };
    return { messages, access };
  };
  const handle = (messages: readonly KafkaMessage[], access: BatchAccess) =>
    detector.handle(messages, access);
  return { detector, observer, fatal, facts, done, batch, handle };
}

describe('Detector', () => {
  it('has its alerts acknowledged before the batch is resolved, with a heartbeat a slice', async () => {
    const { handle, batch, done, observer } = world();
    const { messages, access } = batch(0, 1200);
    await handle(messages, access);
    // The first heartbeat is that of the restore.
    expect(done).toEqual(['beat', 'beat', 'beat', 'beat', '400 alerts', 'resolve 1199']);
    expect(observer.folds).toBe(3);
    expect(observer.lags.map((lag) => lag.slice(0, 2))).toEqual([[0, 3800]]);
  });

  it('goes on where kafkajs left control records out', async () => {
    const { handle, batch, done, detector } = world();
    const first = batch(0, 5);
    await handle(first.messages, {
      ...first.access,
      batch: { highWatermark: '7', lastOffset: () => '6' },
    });
    expect(done.at(-1)).toBe('resolve 6');
    expect(detector.partitions[0]?.fold.state.position).toBe(7);
    const second = batch(7, 5);
    await handle(second.messages, second.access);
    expect(done.at(-1)).toBe('resolve 11');
  });

  it('seeks back where the consumer is beyond the committed position', async () => {
    const { handle, batch, done, detector } = world();
    const { messages, access } = batch(30, 5);
    await handle(messages, access);
    expect(done).toEqual(['seek 0']);
    expect(detector.partitions).toEqual([]);
  });

  it('drops its memory where the batch begins beyond it: another member was at work', async () => {
    const { handle, batch, facts, observer, detector } = world();
    const first = batch(0, 5);
    await handle(first.messages, first.access);
    facts.committed = 30;
    const later = batch(30, 5);
    await handle(later.messages, later.access);
    expect(observer.drops).toEqual(['at 5, the batch begins at 30']);
    expect(detector.partitions[0]?.fold.state.position).toBe(35);
  });

  it('voids its memory when alerts do not arrive, and throws', async () => {
    const { handle, batch, done, detector, fatal } = world({
      publish: () => Promise.reject(new Error('no broker')),
    });
    const { messages, access } = batch(0, 50);
    await expect(handle(messages, access)).rejects.toThrow('no broker');
    expect(detector.partitions).toEqual([]);
    expect(done).not.toContain('resolve 49');
    expect(fatal).toEqual([]);
  });

  it('voids its memory when the heartbeat says that the group has moved on', async () => {
    const { handle, batch, detector } = world();
    let beats = 0;
    const { messages, access } = batch(0, 50, () => {
      beats += 1;
      return beats === 1 ? Promise.resolve() : Promise.reject(new Error('rebalance'));
    });
    await expect(handle(messages, access)).rejects.toThrow('rebalance');
    expect(detector.partitions).toEqual([]);
  });

  it('restores to the end though the group is about to move on', async () => {
    const { handle, batch, detector } = world();
    let beats = 0;
    const { messages, access } = batch(0, 5, () => {
      beats += 1;
      const rebalancing = Object.assign(new Error(), { type: 'REBALANCE_IN_PROGRESS' });
      return beats === 1 ? Promise.reject(rebalancing) : Promise.resolve();
    });
    await handle(messages, access);
    expect(detector.partitions).toHaveLength(1);
  });

  it('ends the process on a bug: trying again would be for ever', async () => {
    const { handle, batch, fatal } = world();
    const { messages, access } = batch(0, 2);
    const bad = { ...messages[1], value: null, timestamp: null } as unknown as KafkaMessage;
    Object.defineProperty(bad, 'value', {
      get: () => {
        throw new TypeError('a bug');
      },
    });
    await expect(handle([messages[0], bad] as KafkaMessage[], access)).rejects.toThrow(FoldError);
    expect(fatal.map(({ message }) => message)).toEqual([
      "The event at partition 0, offset 1 can't be folded: a bug",
    ]);
  });

  it('folds one batch of a partition after the other', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { handle, batch, done } = world({ publish: () => held });
    const first = batch(0, 15);
    const second = batch(15, 15);
    const both = [handle(first.messages, first.access), handle(second.messages, second.access)];
    await new Promise(setImmediate);
    expect(done.filter((what) => what.startsWith('resolve'))).toEqual([]);
    release();
    await Promise.all(both);
    expect(done.filter((what) => what.startsWith('resolve'))).toEqual(['resolve 14', 'resolve 29']);
  });

  it('does nothing with a batch of an older generation', async () => {
    const { handle, batch, facts, done, detector } = world();
    facts.current = false;
    const { messages, access } = batch(0, 5);
    await handle(messages, access);
    expect(done).toEqual([]);
    expect(detector.partitions).toEqual([]);
  });

  it('does not resolve a batch whose generation ended while it was folded', async () => {
    const { handle, batch, facts, done, detector } = world();
    let beats = 0;
    const { messages, access } = batch(0, 5, () => {
      beats += 1;
      facts.current = beats < 2;
      return Promise.resolve();
    });
    await handle(messages, access);
    expect(beats).toBe(2);
    expect(done).toEqual([]);
    // What it folded stays: the position says what is in.
    expect(detector.partitions[0]?.fold.state.position).toBe(5);
  });

  it('keeps the partitions that stay assigned and drops the others', async () => {
    const { handle, batch, detector, observer } = world();
    const { messages, access } = batch(0, 5);
    await handle(messages, access);
    detector.assign([0, 1]);
    expect(detector.partitions).toHaveLength(1);
    detector.assign([1]);
    expect(detector.partitions).toEqual([]);
    expect(observer.drops).toEqual(['assigned to another member']);
  });

  it('gives up a batch whose partition was assigned away', async () => {
    const { handle, batch, detector } = world();
    let beats = 0;
    const { messages, access } = batch(0, 5, () => {
      beats += 1;
      if (beats === 2) detector.assign([]);
      return Promise.resolve();
    });
    await expect(handle(messages, access)).rejects.toThrow('was lost');
  });

  it('stops after the slice under way, with its alerts sent and nothing resolved', async () => {
    const { handle, batch, detector, done } = world();
    let stopped: Promise<void> = Promise.resolve();
    let beats = 0;
    const { messages, access } = batch(0, 1200, () => {
      beats += 1;
      if (beats === 2) stopped = detector.stop();
      return Promise.resolve();
    });
    await handle(messages, access);
    await stopped;
    expect(done).toEqual(['165 alerts']);
    expect(detector.partitions[0]?.fold.state.position).toBe(500);
    await handle(messages, access);
    expect(done).toEqual(['165 alerts', 'pause']);
  });
});
