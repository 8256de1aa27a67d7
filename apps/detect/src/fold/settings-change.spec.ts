import { describe, expect, it } from '@jest/globals';
import type { AlertEvent } from '@keywatch/events';
import { aLogMessage, MemoryChangelog, tinyEngine, type TinyRecord } from '@keywatch/testing';
import fc from 'fast-check';
import { Checkpointer } from './checkpointer.js';
import { Detector, type BatchAccess } from './detector.js';
import { PartitionOpener } from './partition-opener.js';
import { DetectObserver } from './ports.js';
import type { EffectiveSettings } from './settings-timeline.js';

/** Settings that are told apart by the title that their engine gives each alert. */
const settings = (version: number): EffectiveSettings => ({
  rules: {},
  latenessMs: version,
  unknownKeys: 1000,
});

class Observer extends DetectObserver {
  readonly changes: number[] = [];
  readonly drops: string[] = [];
  override settingsHold(_partition: number, from: number): void {
    this.changes.push(from);
  }
  override dropped(_partition: number, reason: string): void {
    this.drops.push(reason);
  }
  override folded = (): void => undefined;
  override alertsSent = (): void => undefined;
  override restored = (): void => undefined;
  override lag = (): void => undefined;
  override checkpointed = (): void => undefined;
  override missed = (): void => undefined;
  override passed = (): void => undefined;
}

/** One partition; workers one after the other; events of one key, an alert for each. */
class World {
  readonly changelog = new MemoryChangelog();
  readonly observer = new Observer();
  readonly told = new Map<string, string>();
  committed: number | undefined;
  arrived = 0;
  version = 1;
  /** Whether the changelog takes records, and whether it says so. */
  append: 'works' | 'fails' | 'answer lost' = 'works';
  private worker = this.start();

  private start() {
    const opener = new PartitionOpener<TinyRecord>({
      log: {
        end: (partition) => this.changelog.end(partition),
        read: (options) => this.changelog.read(options),
        append: async (partition, records) => {
          if (this.append === 'fails') throw new Error('no broker');
          const base = await this.changelog.append(partition, records);
          if (this.append === 'answer lost') throw new Error('answer lost');
          return base;
        },
      },
      positions: {
        committed: () => Promise.resolve(this.committed),
        bounds: () => Promise.resolve({ low: 0, high: this.arrived }),
      },
      observer: this.observer,
      settings: settings(this.version),
      createEngine: ({ latenessMs }) => tinyEngine({ every: 1, name: `version ${latenessMs}` }),
      hotLimit: 10,
    });
    const publish = (alerts: readonly AlertEvent[]): Promise<void> => {
      for (const { id, alert } of alerts) {
        expect(this.told.get(id) ?? alert.title).toBe(alert.title);
        this.told.set(id, alert.title);
      }
      return Promise.resolve();
    };
    const detector = new Detector(opener, { publish }, this.observer, (error) => {
      throw error;
    });
    const checkpointer = new Checkpointer(detector, this.observer, { intervalMs: 0, now: () => 0 });
    detector.assign([0]);
    return { detector, checkpointer, position: this.committed ?? 0 };
  }

  /** The process is killed and started again; its settings file says what it says now. */
  restart(): void {
    this.worker = this.start();
  }

  async change(): Promise<void> {
    this.version += 1;
    await this.worker.detector.change(settings(this.version));
  }

  /** A change that a kill follows, perhaps before it is recorded. */
  changeAndKill(): void {
    this.version += 1;
    void this.worker.detector.change(settings(this.version));
    this.restart();
  }

  async fold(count: number): Promise<void> {
    const { worker } = this;
    const from = worker.position;
    const messages = Array.from({ length: Math.min(count, this.arrived - from) }, (_, i) =>
      aLogMessage({ offset: from + i, keyId: 'k', logTimeMs: (from + i) * 1000 }),
    );
    if (messages.length === 0) return;
    const access: BatchAccess = {
      partition: 0,
      fetchedFrom: String(from),
      batch: {
        highWatermark: String(this.arrived),
        lastOffset: () => String(from + messages.length - 1),
      },
      isCurrent: () => true,
      heartbeat: () => Promise.resolve(),
      resolve: (offset) => {
        worker.position = Number(offset) + 1;
      },
      commit: (offset) => {
        this.committed = Number(offset);
        return Promise.resolve();
      },
      seek: (offset) => {
        worker.position = Number(offset);
      },
      pause: () => () => undefined,
    };
    await worker.detector.handle(messages, access).catch(() => undefined);
  }

  async checkpoint(): Promise<void> {
    this.worker.checkpointer.tick();
    await new Promise(setImmediate);
  }

  async catchUp(): Promise<void> {
    for (let i = 0; i < 100 && this.told.size < this.arrived; i += 1) await this.fold(50);
    expect(this.told.size).toBe(this.arrived);
  }

  /** Titles in the order of the events. */
  get titles(): string[] {
    return [...this.told]
      .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
      .map(([, title]) => title);
  }
}

describe('changed settings', () => {
  it('hold for what arrives after the change, without a restart', async () => {
    const world = new World();
    world.arrived = 4;
    await world.fold(2);
    await world.change();
    await world.fold(10);
    world.arrived = 6;
    await world.fold(10);
    expect(world.titles).toEqual([...Array<string>(4).fill('version 1'), 'version 2', 'version 2']);
    expect(world.observer.changes).toEqual([0, 4]);
    expect(world.observer.drops).toEqual([]);
  });

  it('hold from the change on where nothing was open then', async () => {
    const world = new World();
    world.arrived = 2;
    await world.fold(5);
    await world.checkpoint();
    world.restart();
    world.arrived = 3;
    await world.change();
    world.arrived = 4;
    await world.fold(5);
    expect(world.titles).toEqual(['version 1', 'version 1', 'version 1', 'version 2']);
  });

  it('are folded again after a kill as the first time', async () => {
    const world = new World();
    world.arrived = 3;
    await world.fold(3);
    await world.change();
    world.arrived = 6;
    await world.fold(3);
    const before = new Map(world.told);
    // Nothing was stored or committed but the settings.
    world.restart();
    await world.fold(10);
    expect(world.told).toEqual(before);
    expect(world.titles.slice(2, 4)).toEqual(['version 1', 'version 2']);
  });

  it.each(['fails', 'answer lost'] as const)(
    'are recorded later where recording %s',
    async (how) => {
      const world = new World();
      world.arrived = 3;
      await world.fold(3);
      world.append = how;
      await world.change();
      expect(world.observer.drops).toHaveLength(1);
      world.append = 'works';
      world.arrived = 5;
      await world.catchUp();
      expect(world.titles).toEqual([
        ...Array<string>(3).fill('version 1'),
        'version 2',
        'version 2',
      ]);
    },
  );

  it('give each alert the same body, whatever is changed, killed, stored or lost in between', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('arrive' as const), count: fc.nat({ max: 4 }) }),
      fc.record({ do: fc.constant('fold' as const), count: fc.nat({ max: 4 }) }),
      fc.record({
        do: fc.constantFrom('change', 'change and kill', 'checkpoint', 'kill', 'compact'),
        count: fc.constant(0),
      }),
      fc.record({
        do: fc.constantFrom('fails', 'answer lost', 'works'),
        count: fc.constant(0),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const world = new World();
        for (const { do: what, count } of steps) {
          if (what === 'arrive') world.arrived += count;
          if (what === 'fold') await world.fold(count);
          if (what === 'change') await world.change();
          if (what === 'change and kill') world.changeAndKill();
          if (what === 'checkpoint') await world.checkpoint();
          if (what === 'kill') world.restart();
          if (what === 'compact') world.changelog.compact(0);
          if (what === 'fails' || what === 'answer lost' || what === 'works') world.append = what;
        }
        world.append = 'works';
        await world.change();
        await world.catchUp();
        world.arrived += 1;
        await world.catchUp();
        expect(world.titles.at(-1)).toBe(`version ${world.version}`);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
