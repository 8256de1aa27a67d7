import { describe, expect, it } from '@jest/globals';
import type { AlertEvent } from '@keywatch/events';
import { restoreState, type ChangelogRecord, type KafkaMessage } from '@keywatch/kafka';
import {
  aJunkMessage,
  aLogMessage,
  MemoryChangelog,
  tinyEngine,
  type TinyRecord,
} from '@keywatch/testing';
import fc from 'fast-check';
import { Checkpointer } from './checkpointer.js';
import { Detector, type BatchAccess } from './detector.js';
import { PartitionOpener } from './partition-opener.js';
import type { AlertSink, DetectObserver, SourcePositions } from './ports.js';
import type { EffectiveSettings } from './settings-timeline.js';

/**
 * One partition, workers one after the other. Whatever goes out of a worker passes a gate; a script drawn by fast-check
 * says what happens there: it fails, it fails though it took effect, the process dies before or after, or it dies and
 * its write arrives late, when the next worker is at work (a zombie).
 */
type Fate = 'ok' | 'fails' | 'answer lost' | 'dies before' | 'dies after' | 'arrives late';
/** What the consumer does between two batches. */
type Move =
  | 'go on'
  | 'checkpoint'
  /** It goes to another worker; this one drops it. */
  | 'lose partition'
  /** It goes to another worker; this one doesn't learn of it, and may get it back. */
  | 'lose partition unnoticed'
  /** A worker that lost it unnoticed goes on storing. */
  | 'zombie checkpoint'
  | 'compact'
  | 'late writes arrive';

interface Plan {
  readonly messages: readonly KafkaMessage[];
  readonly unknownKeys: number;
  readonly keepsMs: number;
  readonly fates: readonly Fate[];
  readonly moves: readonly Move[];
  readonly batchSizes: readonly number[];
}

const HOUR_MS = 3_600_000;
const silent: DetectObserver = {
  folded: () => undefined,
  alertsSent: () => undefined,
  restored: () => undefined,
  lag: () => undefined,
  checkpointed: () => undefined,
  dropped: () => undefined,
  missed: () => undefined,
  settingsHold: () => undefined,
  passed: () => undefined,
};

class World {
  readonly changelog = new MemoryChangelog();
  readonly alerts = new Map<string, AlertEvent>();
  readonly raised: AlertEvent[] = [];
  committed: number | undefined;
  late: ChangelogRecord[][] = [];
  private readonly fates: Fate[];

  constructor(readonly plan: Plan) {
    this.fates = [...plan.fates];
  }

  nextFate(): Fate {
    return this.fates.shift() ?? 'ok';
  }

  raise(alerts: readonly AlertEvent[]): void {
    for (const alert of alerts) {
      const known = this.alerts.get(alert.id);
      if (known !== undefined) expect(alert).toEqual(known);
      this.alerts.set(alert.id, alert);
      this.raised.push(alert);
    }
  }

  async lateWritesArrive(): Promise<void> {
    for (const records of this.late.splice(0)) await this.changelog.append(0, records);
  }

  /** The broker compacts after an hour, when checkpoints have put right what others wrote. */
  compactIfPutRight(): void {
    const log = this.changelog.records(0);
    const highest = new Map<string, number>();
    for (const record of log) {
      if (record !== undefined)
        highest.set(record.key, Math.max(record.asOf, highest.get(record.key) ?? -1));
    }
    const last = new Map(log.flatMap((record) => (record ? [[record.key, record.asOf]] : [])));
    if ([...highest].every(([key, asOf]) => last.get(key) === asOf)) this.changelog.compact(0);
  }
}

/** A member of the group: alive until its fate says otherwise. */
class Worker {
  readonly detector: Detector<TinyRecord>;
  readonly checkpointer: Checkpointer<TinyRecord>;
  readonly died: Promise<'died'>;
  private die: () => void = () => undefined;
  alive = true;
  current = true;
  /** Where the consumer reads next. */
  position: number;

  constructor(private readonly world: World) {
    this.died = new Promise((resolve) => {
      this.die = () => {
        this.alive = false;
        resolve('died');
      };
    });
    this.position = world.committed ?? 0;
    const settings: EffectiveSettings = {
      rules: {},
      latenessMs: 0,
      unknownKeys: world.plan.unknownKeys,
    };
    const positions: SourcePositions = {
      committed: () => this.gate(() => Promise.resolve(world.committed)),
      bounds: () => Promise.resolve({ low: 0, high: world.plan.messages.length }),
    };
    const alerts: AlertSink = {
      publish: (events) =>
        this.gate(() => {
          world.raise(events);
          return Promise.resolve();
        }),
    };
    const opener = new PartitionOpener<TinyRecord>({
      log: {
        end: (partition) => this.gate(() => world.changelog.end(partition)),
        read: (options) => this.gate(() => world.changelog.read(options)),
        append: (partition, records) =>
          this.gate(
            () => world.changelog.append(partition, records),
            () => {
              world.late.push([...records]);
            },
          ),
      },
      positions,
      observer: silent,
      settings,
      createEngine: () => tinyEngine({ keepsMs: world.plan.keepsMs }),
      hotLimit: 2,
    });
    this.detector = new Detector(opener, alerts, silent, (error) => {
      throw error;
    });
    this.checkpointer = new Checkpointer(this.detector, silent, { intervalMs: 0, now: () => 0 });
  }

  /** Gets the partition, perhaps again: kafkajs goes on at the committed position. */
  join(): void {
    this.current = true;
    this.position = this.world.committed ?? 0;
  }

  private async gate<T>(act: () => Promise<T>, later?: () => void): Promise<T> {
    await Promise.resolve();
    if (!this.alive) return hang();
    const fate = this.world.nextFate();
    if (fate === 'fails') throw new Error('injected');
    if (fate === 'arrives late' && later !== undefined) later();
    if (fate === 'dies before' || fate === 'arrives late') {
      this.die();
      return hang();
    }
    const result = await act();
    if (fate === 'answer lost') throw new Error('injected: answer lost');
    if (fate === 'dies after') {
      this.die();
      return hang();
    }
    return result;
  }

  batch(size: number): { messages: KafkaMessage[]; access: BatchAccess } {
    const fetchedFrom = this.position;
    const messages = this.world.plan.messages.slice(fetchedFrom, fetchedFrom + size);
    const last = String(fetchedFrom + messages.length - 1);
    const access: BatchAccess = {
      partition: 0,
      fetchedFrom: String(fetchedFrom),
      batch: { highWatermark: String(this.world.plan.messages.length), lastOffset: () => last },
      isCurrent: () => this.current,
      heartbeat: () => this.gate(() => Promise.resolve()),
      resolve: (offset) => {
        this.position = Number(offset) + 1;
      },
      commit: (offset) =>
        this.gate(() => {
          this.world.committed = Number(offset);
          return Promise.resolve();
        }),
      seek: (offset) => {
        this.position = Number(offset);
      },
      pause: () => () => undefined,
    };
    return { messages, access };
  }
}

function hang(): Promise<never> {
  return new Promise(() => undefined);
}

/** Lets the world run until the log is folded and stored. */
async function run(world: World): Promise<void> {
  const { plan } = world;
  const moves = [...plan.moves];
  const sizes = [...plan.batchSizes];
  const bench: Worker[] = [];
  let worker = new Worker(world);
  for (let rounds = 0; ; rounds += 1) {
    if (rounds > 2000) throw new Error('The worker makes no progress');
    if (!worker.alive) worker = new Worker(world);
    const move = moves.shift() ?? 'go on';
    if (move === 'checkpoint') worker.checkpointer.tick();
    if (move === 'compact') world.compactIfPutRight();
    if (move === 'late writes arrive') await world.lateWritesArrive();
    if (move === 'zombie checkpoint') bench.at(-1)?.checkpointer.tick();
    if (move.startsWith('lose partition')) {
      worker.current = false;
      if (move === 'lose partition') worker.detector.assign([]);
      const next = bench.length > 1 ? bench.shift() : undefined;
      bench.push(worker);
      worker = next?.alive === true ? next : new Worker(world);
      worker.join();
    }
    const { messages, access } = worker.batch(sizes.shift() ?? 7);
    if (messages.length === 0) {
      await world.lateWritesArrive();
      await Promise.race([worker.checkpointer.finish(1000), worker.died]);
      if (worker.alive && world.committed === plan.messages.length) return;
      if (worker.alive && world.committed !== undefined) worker.position = world.committed;
      if (worker.alive && world.committed === undefined) worker.position = 0;
      continue;
    }
    // kafkajs tries again from the position that was resolved last.
    await Promise.race([
      worker.detector.handle(messages, access).catch(() => undefined),
      worker.died,
    ]);
  }
}

async function finalState(world: World): Promise<Map<string, string>> {
  return new Map((await restoreState(world.changelog, 0)).entries);
}

async function undisturbed(plan: Plan): Promise<World> {
  const world = new World({ ...plan, fates: [], moves: [], batchSizes: [] });
  await run(world);
  return world;
}

const event = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  kind: fc.constantFrom('request', 'request', 'request', 'created', 'junk'),
  hours: fc.constantFrom(0, 0, 0, 1, 3),
});
const messages = fc.array(event, { minLength: 1, maxLength: 60, size: 'max' }).map((events) => {
  let logTimeMs = Date.UTC(2026, 2, 1);
  return events.map(({ key, kind, hours }, offset) => {
    logTimeMs += hours * HOUR_MS;
    if (kind === 'junk') return aJunkMessage(offset, logTimeMs);
    const type = kind === 'created' ? 'keywatch.key.created.v1' : 'keywatch.key.request-made.v1';
    return aLogMessage({ offset, keyId: key, type, logTimeMs });
  });
});
const fateAmong = (good: number) =>
  fc.constantFrom<Fate>(
    ...Array<Fate>(good).fill('ok'),
    'fails',
    'answer lost',
    'dies before',
    'dies after',
    'arrives late',
  );
const fates = fc.oneof(
  fc.array(fateAmong(6), { maxLength: 100 }),
  fc.array(fateAmong(40), { maxLength: 300, size: 'max' }),
);
const move = fc.constantFrom<Move>(
  'go on',
  'checkpoint',
  'checkpoint',
  'checkpoint',
  'lose partition',
  'lose partition unnoticed',
  'zombie checkpoint',
  'compact',
  'late writes arrive',
);
/** Either keys expire or newcomers are refused: at the bound a crash may change which newcomer comes in. */
const bounds = fc.constantFrom(
  { unknownKeys: 1000, keepsMs: Infinity },
  { unknownKeys: 1000, keepsMs: 4 * HOUR_MS },
  { unknownKeys: 2, keepsMs: Infinity },
);
const plan = fc
  .record({
    messages,
    bounds,
    fates,
    moves: fc.array(move, { maxLength: 60, size: 'max' }),
    batchSizes: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 60, size: 'max' }),
  })
  .map(({ bounds: given, ...rest }) => ({ ...rest, ...given }));

describe('Detector, as a model', () => {
  it('raises the alerts of an undisturbed run and keeps its state, whatever fails, dies, is lost or comes late', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (given) => {
        const expected = await undisturbed(given);
        const world = new World(given);
        await run(world);
        expect([...world.alerts.keys()].sort()).toEqual([...expected.alerts.keys()].sort());
        expect(await finalState(world)).toEqual(await finalState(expected));
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  it('raises each alert once where nothing is disturbed', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (given) => {
        const world = await undisturbed(given);
        expect(world.raised).toHaveLength(world.alerts.size);
      }),
      { numRuns: 50 },
    );
  }, 60_000);
});
