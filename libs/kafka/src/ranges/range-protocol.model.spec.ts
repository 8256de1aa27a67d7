import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { ByteBudget } from './byte-budget.js';
import type { RangeContext } from './ports.js';
import type { MessageRange } from './range.js';
import { RangeProtocol } from './range-protocol.js';

/**
 * A model of everything around the protocol: a partition with control records, a group whose positions are fenced by
 * generations, a store that deduplicates by token, processes that are killed, fail, lose the group or sleep through
 * it. Whatever happens, each message must end up in exactly one insert.
 */

/** What becomes of one call of the protocol to the outside. */
type Fate =
  | 'ok'
  | 'fails' // not done, error
  | 'answer lost' // done, error
  | 'killed before'
  | 'killed after'
  | 'rebalance' // the group moves on meanwhile; the call fails
  | 'sleeps'; // the process sleeps through its session; the call is done much later

interface Plan {
  readonly gaps: readonly boolean[];
  readonly cuts: readonly number[];
  readonly fates: readonly Fate[];
  readonly maxMessages: number;
}

const NEVER = new Promise<never>(() => undefined);

class World {
  readonly messages: KafkaMessage[] = [];
  readonly end: bigint;
  group: { offset: bigint | undefined; metadata: string } = { offset: undefined, metadata: '' };
  generation = 0;
  /** Inserts by token: the offsets of their rows. */
  readonly inserts = new Map<string, { from: bigint; to: bigint; offsets: string }>();
  readonly writtenBy = new Map<string, string>();
  private readonly sleepers: { calls: number; wake: () => void }[] = [];
  private cut = 0;
  private fate = 0;
  calls = 0;

  constructor(readonly plan: Plan) {
    let offset = 0n;
    for (const gap of plan.gaps) {
      if (gap) {
        offset += 1n; // a control record
        continue;
      }
      this.messages.push(messageAt(offset));
      offset += 1n;
    }
    this.end = offset;
  }

  nextFate(): Fate {
    this.calls += 1;
    for (const sleeper of [...this.sleepers]) {
      sleeper.calls -= 1;
      if (sleeper.calls <= 0) {
        this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
        sleeper.wake();
      }
    }
    return this.plan.fates[this.fate++] ?? 'ok';
  }

  nextCut(): number {
    return this.plan.cuts[this.cut++ % this.plan.cuts.length] ?? 1;
  }

  sleep(): Promise<void> {
    return new Promise((wake) => this.sleepers.push({ calls: 4, wake }));
  }

  commit(generation: number, offset: bigint, metadata: string): void {
    if (generation !== this.generation) throw kafkaError('ILLEGAL_GENERATION');
    this.group = { offset, metadata };
  }

  insert(range: MessageRange, token: string): void {
    const offsets = range.messages.map((message) => message.offset).join();
    const before = this.inserts.get(token);
    if (before !== undefined) {
      expect(offsets).toBe(before.offsets);
      return;
    }
    this.inserts.set(token, { from: range.from, to: range.to, offsets });
    for (const { offset } of range.messages) {
      if (this.writtenBy.has(offset)) {
        throw new Error(`offset ${offset} is in ${this.writtenBy.get(offset) ?? ''} and ${token}`);
      }
      this.writtenBy.set(offset, token);
    }
  }
}

function messageAt(offset: bigint): KafkaMessage {
  return {
    key: null,
    value: Buffer.from(`value ${offset}`),
    offset: String(offset),
    timestamp: String(1_000n + offset),
    attributes: 0,
    headers: { h: Buffer.from('x') },
  };
}

function kafkaError(type: string): Error {
  return Object.assign(new Error(type), { type, retriable: true });
}

/** One member of the group: protocol and the part of kafkajs that delivers to it. */
class Process {
  private readonly protocol: RangeProtocol<MessageRange>;
  private epoch = 0;
  private generation = 0;
  private resolved = 0n;
  private seek: bigint | undefined;
  private over: (how: 'killed' | 'asleep') => void = () => undefined;
  readonly ended = new Promise<'killed' | 'asleep'>((resolve) => (this.over = resolve));
  fault: Error | undefined;

  constructor(private readonly world: World) {
    this.protocol = new RangeProtocol<MessageRange>({
      topic: 't',
      rowVersion: '1',
      budget: new ByteBudget(1_000_000),
      limits: { messages: world.plan.maxMessages, bytes: 100_000 },
      idleMs: 0,
      retry: { firstMs: 0, maxMs: 0 },
      onFault: (error) => (this.fault = error),
      log: { read: () => this.call(() => [this.positions()]) },
      stored: {
        positions: () => Promise.resolve(this.stored()),
        readBack: () => Promise.reject(new Error('not asked here')),
      },
      sink: {
        build: (range) => this.call(() => range),
        write: (range, token) =>
          this.call(() => {
            this.world.insert(range, token);
          }),
      },
    });
    this.join();
  }

  private positions() {
    const { offset, metadata } = this.world.group;
    return { partition: 0, committed: offset, metadata, low: 0n, high: this.world.end };
  }

  private stored() {
    const ranges = [...this.world.inserts.values()].sort((a, b) => Number(a.from - b.from));
    let contiguousTo = ranges[0]?.from ?? 0n;
    for (const { from, to } of ranges) if (from <= contiguousTo) contiguousTo = to;
    const to = ranges.at(-1)?.to ?? 0n;
    return ranges.length === 0 ? [] : [{ partition: 0, contiguousTo, to }];
  }

  private join(): void {
    this.world.generation += 1;
    this.generation = this.world.generation;
    this.epoch += 1;
    this.resolved = this.world.group.offset ?? 0n;
    this.seek = undefined;
    this.protocol.newEpoch([0]);
  }

  private async call<T>(act: () => T): Promise<T> {
    const fate = this.world.nextFate();
    await Promise.resolve();
    switch (fate) {
      case 'ok':
        return act();
      case 'fails':
        throw kafkaError('REQUEST_TIMED_OUT');
      case 'answer lost':
        act();
        throw kafkaError('REQUEST_TIMED_OUT');
      case 'killed before':
        this.over('killed');
        return NEVER;
      case 'killed after':
        act();
        this.over('killed');
        return NEVER;
      case 'rebalance':
        throw kafkaError('REBALANCE_IN_PROGRESS');
      case 'sleeps':
        this.over('asleep');
        await this.world.sleep();
        return act();
    }
  }

  /** Fetches and handles until nothing is left, as kafkajs would. */
  async run(): Promise<'done' | 'killed' | 'asleep'> {
    for (;;) {
      const how = await Promise.race([this.ended, this.step()]);
      if (how !== 'more') return how;
    }
  }

  private async step(): Promise<'more' | 'done'> {
    if (this.seek !== undefined) this.resolved = this.seek;
    this.seek = undefined;
    const context = this.fetch();
    if (context === undefined) {
      if (this.world.group.metadata === '' && this.world.group.offset !== undefined) return 'done';
      // Nothing more comes: the idle acknowledgement is due.
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (this.world.group.metadata !== '') this.join();
      return 'more';
    }
    try {
      await this.protocol.handle(context);
    } catch (error) {
      const { type } = error as { type?: string };
      if (type === undefined) throw error;
      if (type !== 'REQUEST_TIMED_OUT') this.join();
    }
    return 'more';
  }

  private fetch(): RangeContext | undefined {
    const { world } = this;
    const from = this.resolved;
    const wanted = world.messages.filter(({ offset }) => BigInt(offset) >= from);
    const messages = wanted.slice(0, world.nextCut());
    const following = wanted[messages.length];
    // Control records directly behind the last message come with it, or with nothing.
    const end = following === undefined ? world.end : BigInt(following.offset);
    if (messages.length === 0) return undefined;
    const { epoch, generation } = this;
    return {
      topic: 't',
      partition: 0,
      messages,
      fetchedFrom: String(from),
      end,
      highWatermark: world.end,
      ownsPartition: () => epoch === this.epoch,
      isStopping: () => false,
      heartbeat: () =>
        this.call(() => {
          if (generation !== world.generation) throw kafkaError('ILLEGAL_GENERATION');
        }),
      resolve: (offset) => {
        if (epoch === this.epoch) this.resolved = BigInt(offset) + 1n;
      },
      commit: (offset, metadata = '') =>
        this.call(() => {
          world.commit(this.generation, BigInt(offset), metadata);
        }),
      pause: () => () => undefined,
      seek: (offset) => {
        this.seek = BigInt(offset);
      },
    };
  }
}

const plan: fc.Arbitrary<Plan> = fc.record({
  gaps: fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()), {
    minLength: 1,
    maxLength: 30,
  }),
  cuts: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }),
  fates: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant<Fate>('ok') },
      {
        weight: 4,
        arbitrary: fc.constantFrom<Fate>(
          'fails',
          'answer lost',
          'killed before',
          'killed after',
          'rebalance',
          'sleeps',
        ),
      },
    ),
    { maxLength: 60 },
  ),
  maxMessages: fc.integer({ min: 1, max: 8 }),
});

/**
 * Ranges whose announcement failed again while nothing followed them on a quiet topic: they were looked for behind
 * themselves, and waited for the next message. The second takes two fetches.
 */
const FAILED_AGAIN: readonly Plan[] = [
  { gaps: [false], cuts: [1], fates: ['ok', 'ok', 'fails', 'fails', 'fails'], maxMessages: 1 },
  {
    gaps: [false, false],
    cuts: [2, 1, 1],
    fates: ['ok', 'ok', 'ok', 'fails', 'fails', 'fails'],
    maxMessages: 2,
  },
];

describe('RangeProtocol, as a model', () => {
  it('writes each message in exactly one insert, whatever is cut, killed, lost or slept through', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (given) => {
        const world = new World(given);
        if (world.messages.length === 0) return;
        for (let processes = 1; ; processes += 1) {
          expect(processes).toBeLessThan(200);
          const process = new Process(world);
          const how = await process.run();
          expect(process.fault).toBeUndefined();
          if (how === 'done') break;
        }
        const all = world.messages.map(({ offset }) => offset);
        expect([...world.writtenBy.keys()].sort(byNumber)).toEqual(all);
        expect(world.group).toEqual({ offset: world.end, metadata: '' });
      }),
      { numRuns: 400, examples: FAILED_AGAIN.map((given) => [given] as [Plan]) },
    );
  });
});

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b);
}
