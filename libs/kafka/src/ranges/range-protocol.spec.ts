import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { encodeAnnouncement } from './announcement.js';
import { ByteBudget } from './byte-budget.js';
import { HoldPartition, PositionFault, RangeFault } from './errors.js';
import { Gate } from './gate.js';
import type { LogPosition, RangeContext, RangeObserver, ReadBack, WriteControls } from './ports.js';
import { crcOf } from './range-crc.js';
import type { MessageRange } from './range.js';
import { RangeProtocol, type RangeProtocolOptions } from './range-protocol.js';

/** What happened, in order: `commit 0/4 0-4`, `insert 4/4-8`, `resolve 4/7`, `pause 4`, ... */
type Story = string[];

interface Given {
  /** Group and log per partition; default: a new group on an empty beginning. */
  readonly positions?: readonly Partial<LogPosition>[];
  readonly stored?: { contiguousTo: bigint; to: bigint }[];
  readonly readBack?: ReadBack;
  readonly build?: (range: MessageRange) => unknown;
  readonly write?: (range: MessageRange, controls: WriteControls) => Promise<void>;
  readonly options?: Partial<RangeProtocolOptions<MessageRange>>;
}

function messages(from: number, to: number, size = 10): KafkaMessage[] {
  return Array.from({ length: to - from }, (_, i) => ({
    key: null,
    value: Buffer.alloc(size, from + i),
    offset: String(from + i),
    timestamp: '1000',
    attributes: 0,
    headers: {},
  }));
}

function announced(from: number, to: number, rowVersion = '1'): string {
  const { crc } = crcOf(messages(from, to));
  return encodeAnnouncement({ to: BigInt(to), n: to - from, crc, rowVersion });
}

class Harness {
  readonly story: Story = [];
  readonly faults: Error[] = [];
  readonly protocol: RangeProtocol<MessageRange>;
  readonly resumes = new Map<number, () => void>();
  isStopping = false;
  commitFails: ((metadata: string) => Error | undefined) | undefined;
  private generation = 0;

  constructor(given: Given = {}) {
    const observer: RangeObserver = {
      started: (_topic, partition, from, why) =>
        this.story.push(`start ${partition}/${from}: ${why}`),
      held: (_topic, partition, at, reason) =>
        this.story.push(`held ${partition}/${at}: ${reason}`),
    };
    this.protocol = new RangeProtocol<MessageRange>({
      topic: 't',
      rowVersion: '1',
      budget: new ByteBudget(1_000_000),
      idleMs: 5,
      retry: { firstMs: 1, maxMs: 1 },
      observer,
      onFault: (error) => this.faults.push(error),
      log: {
        read: () =>
          Promise.resolve(
            (given.positions ?? [{}]).map((position, partition) => ({
              partition,
              committed: undefined,
              metadata: null,
              low: 0n,
              high: 1_000n,
              ...position,
            })),
          ),
      },
      stored: {
        positions: () =>
          Promise.resolve((given.stored ?? []).map((at, partition) => ({ partition, ...at }))),
        readBack: () => Promise.resolve(given.readBack ?? 'nothing'),
      },
      sink: {
        build: async (range) => {
          await given.build?.(range);
          return range;
        },
        write: async (range, _token, controls) => {
          await given.write?.(range, controls);
          this.story.push(`insert ${range.partition}/${range.from}-${range.to}`);
        },
      },
      ...given.options,
    });
  }

  /** The group has changed; a batch of before is not this member's any more. */
  join(assigned: readonly number[] = []): void {
    this.generation += 1;
    this.protocol.newEpoch(assigned);
  }

  batch(
    from: number,
    to: number,
    options: { partition?: number; size?: number } = {},
  ): RangeContext {
    const { partition = 0, size = 10 } = options;
    const { generation, story } = this;
    return {
      topic: 't',
      partition,
      messages: messages(from, to, size),
      fetchedFrom: String(from),
      end: BigInt(to),
      highWatermark: 1_000n,
      ownsPartition: () => generation === this.generation,
      isStopping: () => this.isStopping,
      heartbeat: () => Promise.resolve(),
      resolve: (offset) => story.push(`resolve ${partition}/${offset}`),
      commit: (offset, metadata = '') => {
        const error = this.commitFails?.(metadata);
        if (error !== undefined) return Promise.reject(error);
        const to_ = metadata === '' ? '' : ` to ${(JSON.parse(metadata) as { to: string }).to}`;
        story.push(`commit ${partition}/${offset}${to_}`);
        return Promise.resolve();
      },
      pause: () => {
        story.push(`pause ${partition}`);
        const resume = (): void => {
          story.push(`resume ${partition}`);
        };
        this.resumes.set(partition, resume);
        return resume;
      },
      seek: (offset) => story.push(`seek ${partition}/${offset}`),
    };
  }

  handle(
    from: number,
    to: number,
    options: { partition?: number; size?: number } = {},
  ): Promise<void> {
    return this.protocol.handle(this.batch(from, to, options));
  }

  /** Resolves when the story has a line. */
  async until(line: string): Promise<void> {
    for (let looks = 0; looks < 1_000; looks += 1) {
      if (this.story.includes(line)) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`never: ${line}\n${this.story.join('\n')}`);
  }

  /** The story without how reading began. */
  get told(): Story {
    return this.story.filter((line) => !line.startsWith('start '));
  }
}

const FRESH = ['commit 0/0']; // a new group's beginning is written down

describe('RangeProtocol', () => {
  it('announces, resolves, inserts; acknowledges when it is quiet', async () => {
    const one = new Harness();
    await one.handle(0, 4);
    await one.handle(4, 9);
    await one.until('commit 0/9');
    expect(one.told).toEqual([
      ...FRESH,
      'commit 0/0 to 4',
      'resolve 0/3',
      'insert 0/0-4',
      'commit 0/4 to 9',
      'resolve 0/8',
      'insert 0/4-9',
      'commit 0/9',
    ]);
  });

  it('cuts a batch at the limits of a range', async () => {
    const one = new Harness({ options: { limits: { messages: 3, bytes: 1_000 }, idleMs: 10_000 } });
    await one.handle(0, 7);
    await one.until('insert 0/6-7');
    expect(one.told.filter((line) => line.startsWith('insert'))).toEqual([
      'insert 0/0-3',
      'insert 0/3-6',
      'insert 0/6-7',
    ]);
    const two = new Harness({ options: { limits: { messages: 99, bytes: 200 }, idleMs: 10_000 } });
    await two.handle(0, 5);
    await two.handle(5, 6, { size: 5_000 });
    await two.until('insert 0/5-6');
    expect(two.told.filter((line) => line.startsWith('insert'))).toEqual([
      'insert 0/0-2',
      'insert 0/2-4',
      'insert 0/4-5',
      'insert 0/5-6',
    ]);
  });

  it('inserts nothing whose announcement failed, and then announces that very range again', async () => {
    const one = new Harness({ options: { idleMs: 10_000 } });
    one.commitFails = (metadata) => (metadata === '' ? undefined : new Error('no answer'));
    await expect(one.handle(0, 4)).rejects.toThrow('no answer');
    one.commitFails = undefined;
    await one.handle(0, 9);
    await one.until('insert 0/4-9');
    expect(one.told).toEqual([
      ...FRESH,
      'commit 0/0 to 4',
      'insert 0/0-4',
      'resolve 0/3',
      'commit 0/4 to 9',
      'resolve 0/8',
      'insert 0/4-9',
    ]);
  });

  it('collects an open range over several fetches and sends it again as it was', async () => {
    const one = new Harness({
      positions: [{ committed: 0n, metadata: announced(0, 6) }],
      options: { idleMs: 10_000 },
    });
    await one.handle(0, 2);
    await one.handle(1, 4); // delivered again, from within what is collected
    await one.handle(4, 9);
    await one.until('insert 0/6-9');
    expect(one.told).toEqual([
      'resolve 0/1',
      'resolve 0/3',
      'insert 0/0-6',
      'resolve 0/5',
      'commit 0/6 to 9',
      'resolve 0/8',
      'insert 0/6-9',
    ]);
  });

  it('ends with a message where the log is not what was announced', async () => {
    const one = new Harness({ positions: [{ committed: 0n, metadata: announced(100, 104) }] });
    one.join();
    const other = { ...one.batch(0, 4), messages: messages(1, 5) };
    await expect(one.protocol.handle(other)).rejects.toThrow(RangeFault);
    const short = new Harness({
      positions: [{ committed: 0n, metadata: announced(0, 6).replace('"to":"6"', '"to":"7"') }],
    });
    await expect(short.handle(0, 9)).rejects.toThrow(/announced with 6 messages.*has 7 there/);
  });

  it('seeks to where the store ends, and reads on from there', async () => {
    const one = new Harness({
      positions: [{ committed: 10n }],
      stored: [{ contiguousTo: 50n, to: 50n }],
      options: { idleMs: 10_000 },
    });
    await one.handle(10, 20);
    await one.handle(50, 55);
    await one.until('insert 0/50-55');
    expect(one.told).toEqual([
      'commit 0/50',
      'seek 0/50',
      'commit 0/50 to 55',
      'resolve 0/54',
      'insert 0/50-55',
    ]);
  });

  it('seeks back where messages were left out, and takes a gap of control records as it is', async () => {
    const one = new Harness({ options: { idleMs: 10_000 } });
    await one.handle(0, 4);
    await one.until('insert 0/0-4');
    await one.handle(6, 8);
    await one.handle(6, 8);
    await one.until('insert 0/4-8');
    expect(one.told.slice(4)).toEqual([
      'seek 0/4',
      'commit 0/4 to 8',
      'resolve 0/7',
      'insert 0/4-8',
    ]);
  });

  it('tells an operator at the assignment, before any message comes', async () => {
    const one = new Harness({
      positions: [{ committed: 2_000n }],
      stored: [{ contiguousTo: 2_000n, to: 2_000n }],
    });
    one.join([0]);
    while (one.faults.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(one.faults).toHaveLength(1);
    expect(one.faults[0]).toBeInstanceOf(PositionFault);
  });

  it('ends the process where the sink gives up, and names why', async () => {
    const write = (): Promise<never> => Promise.reject(new Error('UNKNOWN_IDENTIFIER'));
    const one = new Harness({ write });
    await one.handle(0, 4);
    while (one.faults.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const fault = { retriable: false, message: 'UNKNOWN_IDENTIFIER' };
    expect(one.faults).toEqual([expect.objectContaining(fault)]);
    await one.handle(4, 9);
    expect(one.told.slice(3)).toEqual(['seek 0/0']); // neither acknowledged nor passed over
    const two = new Harness({
      positions: [{ committed: 0n, metadata: announced(0, 4) }],
      write,
    });
    await expect(two.handle(0, 4)).rejects.toMatchObject(fault);
  });

  describe('while an insert is on its way', () => {
    /** Inserts that are over when told so. */
    function slow(options: Partial<RangeProtocolOptions<MessageRange>> = { idleMs: 5 }) {
      const inserts: PromiseWithResolvers<undefined>[] = [];
      const built: string[] = [];
      const one = new Harness({
        build: ({ from, to }) => built.push(`${from}-${to}`),
        write: async () => {
          const insert = Promise.withResolvers<undefined>();
          inserts.push(insert);
          await insert.promise;
        },
        options,
      });
      return { one, inserts, built };
    }

    it('builds the next range, and announces it only when the one before it is in', async () => {
      const { one, inserts, built } = slow();
      await one.handle(0, 4);
      const next = one.handle(4, 9);
      while (built.length < 2) await new Promise((resolve) => setImmediate(resolve));
      expect(one.told).toEqual([...FRESH, 'commit 0/0 to 4', 'resolve 0/3']);
      inserts[0]?.resolve(undefined);
      await next;
      inserts[1]?.resolve(undefined);
      await one.until('commit 0/9');
      expect(one.told.slice(3)).toEqual([
        'insert 0/0-4',
        'commit 0/4 to 9',
        'resolve 0/8',
        'insert 0/4-9',
        'commit 0/9',
      ]);
      expect(built).toEqual(['0-4', '4-9']);
    });

    it('keeps its bytes in the budget', async () => {
      const budget = new ByteBudget(1_000_000);
      const { one, inserts } = slow({ budget, idleMs: 5 });
      await one.handle(0, 4);
      expect(budget.used).toBeGreaterThan(0);
      while (inserts.length < 1) await new Promise((resolve) => setImmediate(resolve));
      expect(budget.used).toBeGreaterThan(0);
      inserts[0]?.resolve(undefined);
      await one.until('commit 0/4');
      expect(budget.used).toBe(0);
    });

    it('seeks the range again where it failed by what may pass, and drops what was read behind it', async () => {
      const { one, inserts } = slow();
      await one.handle(0, 4);
      const next = one.handle(4, 9);
      while (inserts.length < 1) await new Promise((resolve) => setImmediate(resolve));
      inserts[0]?.reject(Object.assign(new Error('no answer'), { retriable: true }));
      await next;
      expect(one.told.at(-1)).toBe('seek 0/0');
      const again = one.handle(0, 4);
      while (inserts.length < 2) await new Promise((resolve) => setImmediate(resolve));
      inserts[1]?.resolve(undefined);
      await again;
      await one.until('commit 0/4');
      expect(one.told.slice(-3)).toEqual(['insert 0/0-4', 'resolve 0/3', 'commit 0/4']);
      expect(one.faults).toEqual([]);
    });

    it('waits for it before it stops at a range that must not be written', async () => {
      const inserted = Promise.withResolvers<undefined>();
      const one = new Harness({
        build: ({ to }) => {
          if (to > 4n) throw new HoldPartition('a flood');
        },
        write: async () => {
          await inserted.promise;
        },
      });
      await one.handle(0, 4);
      const next = one.handle(4, 9);
      inserted.resolve(undefined);
      await next;
      await one.until('held 0/4: a flood');
      expect(one.told.slice(-6)).toEqual([
        'insert 0/0-4',
        'commit 0/4 to 9',
        'resolve 0/8',
        'commit 0/4',
        'pause 0',
        'held 0/4: a flood',
      ]);
    });
  });

  it('takes no more batches than one that waits for the build of another, in whatever partitions', async () => {
    const builds: PromiseWithResolvers<undefined>[] = [];
    const one = new Harness({
      positions: [{}, {}, {}],
      build: async () => {
        const build = Promise.withResolvers<undefined>();
        builds.push(build);
        await build.promise;
      },
      options: { idleMs: 10_000 },
    });
    const returned: number[] = [];
    const handled = [0, 1, 2].map(async (partition) => {
      await one.handle(0, 4, { partition });
      returned.push(partition);
    });
    await handled[0];
    for (let turns = 0; turns < 20; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([returned, builds.length]).toEqual([[0], 1]);
    builds[0]?.resolve(undefined);
    await handled[1];
    expect(returned).toEqual([0, 1]);
    while (builds.length < 2) await new Promise((resolve) => setImmediate(resolve));
    builds[1]?.resolve(undefined);
    await handled[2];
    while (builds.length < 3) await new Promise((resolve) => setImmediate(resolve));
    builds[2]?.resolve(undefined);
    for (const partition of [0, 1, 2]) await one.until(`insert ${partition}/0-4`);
  });

  it('builds a range again that could not be built, as it was announced', async () => {
    let tries = 0;
    const one = new Harness({
      build: () => {
        tries += 1;
        if (tries === 1) throw Object.assign(new Error('reset'), { retriable: true });
      },
      options: { idleMs: 10_000 },
    });
    await one.handle(0, 4);
    await one.until('seek 0/0');
    await one.handle(0, 9);
    await one.until('insert 0/4-9');
    expect(one.told.slice(1, 6)).toEqual([
      'commit 0/0 to 4',
      'resolve 0/3',
      'seek 0/0',
      'insert 0/0-4',
      'resolve 0/3',
    ]);
  });

  it('ends the process where a range can not be built, and inserts nothing', async () => {
    const one = new Harness({
      build: () => {
        throw new TypeError('undefined is not a function');
      },
    });
    await one.handle(0, 4);
    while (one.faults.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(one.faults).toEqual([expect.objectContaining({ retriable: false })]);
    await one.handle(4, 9);
    expect(one.told.slice(3)).toEqual(['seek 0/0']);
  });

  describe('a range that must not be written', () => {
    const flood = (range: MessageRange): void => {
      if (range.to > 4n) throw new HoldPartition('a flood');
    };

    it('is taken back, and the partition stays paused before it', async () => {
      const one = new Harness({ build: flood, options: { idleMs: 1 } });
      await one.handle(0, 4);
      await one.handle(4, 9);
      // kafkajs may have fetched what is behind it, or fetch the range again.
      await one.handle(9, 12);
      await one.handle(4, 9);
      expect(one.told.slice(4)).toEqual([
        'commit 0/4 to 9',
        'resolve 0/8',
        'commit 0/4',
        'pause 0',
        'held 0/4: a flood',
      ]);
    });

    it('stays announced where it was found so: it may be written', async () => {
      const one = new Harness({
        positions: [{ committed: 0n, metadata: announced(0, 6) }],
        build: flood,
      });
      await one.handle(0, 6);
      expect(one.told).toEqual(['pause 0', 'held 0/0: a flood']);
    });

    it('is looked at anew after a change of the group', async () => {
      let isFlood = true;
      const one = new Harness({
        build: () => {
          if (isFlood) throw new HoldPartition('a flood');
        },
        options: { idleMs: 10_000 },
      });
      await one.handle(0, 4);
      await one.until('held 0/0: a flood');
      isFlood = false;
      one.join([0]);
      expect(one.told.at(-1)).toBe('resume 0');
      await one.handle(0, 4);
      await one.until('insert 0/0-4');
    });
  });

  describe('a range announced by another row version', () => {
    const given = { positions: [{ committed: 0n, metadata: announced(0, 6, '0') }] };
    const options = { idleMs: 10_000 };

    it('is acknowledged where all of it is stored', async () => {
      const one = new Harness({ ...given, readBack: 'all', options });
      await one.handle(0, 6);
      expect(one.told).toEqual(['commit 0/6', 'seek 0/6']);
    });

    it('is written anew where nothing is', async () => {
      const one = new Harness({ ...given, readBack: 'nothing', options });
      await one.handle(0, 6);
      expect(one.told).toEqual(['insert 0/0-6', 'resolve 0/5']);
    });

    it('ends the process where a part is', async () => {
      const one = new Harness({ ...given, readBack: 'part', options });
      await expect(one.handle(0, 6)).rejects.toThrow(/row version 0, is stored in part/);
      expect(one.told).toEqual([]);
    });

    it('waits for the gate where nothing is stored, and is not in the way of a migration', async () => {
      const gate = new Gate(false);
      const one = new Harness({ ...given, readBack: 'nothing', options: { ...options, gate } });
      await one.handle(0, 6);
      expect(one.told).toEqual(['pause 0']);
      expect(await one.protocol.openRanges(new AbortController().signal)).toEqual([]);
      gate.open();
      await one.handle(0, 6);
      expect(one.told).toEqual(['pause 0', 'resume 0', 'insert 0/0-6', 'resolve 0/5']);
    });
  });

  it('finishes open ranges behind a closed gate, acknowledges them and begins no other', async () => {
    const gate = new Gate(false);
    const one = new Harness({
      positions: [{ committed: 0n, metadata: announced(0, 6) }],
      options: { gate },
    });
    expect(await one.protocol.openRanges(new AbortController().signal)).toHaveLength(1);
    await one.handle(0, 9);
    expect(one.told).toEqual(['insert 0/0-6', 'resolve 0/5', 'commit 0/6', 'pause 0']);
    gate.open();
    await one.handle(6, 9);
    await one.until('insert 0/6-9');
    expect(one.told.slice(4, 6)).toEqual(['resume 0', 'commit 0/6 to 9']);
  });

  describe('at the end', () => {
    it('finishes the range in flight, acknowledges it and begins no other', async () => {
      const writing = Promise.withResolvers<undefined>();
      const begun = Promise.withResolvers<undefined>();
      const one = new Harness({
        write: async () => {
          begun.resolve(undefined);
          await writing.promise;
        },
        options: { limits: { messages: 4, bytes: 1_000_000 } },
      });
      const handled = one.handle(0, 9);
      await begun.promise;
      const drained = one.protocol.drain();
      writing.resolve(undefined);
      await Promise.all([handled, drained]);
      await one.handle(4, 9);
      expect(one.told).toEqual([
        ...FRESH,
        'commit 0/0 to 4',
        'resolve 0/3',
        'insert 0/0-4',
        'commit 0/4',
        'pause 0',
      ]);
    });

    it('acknowledges at once what waited for quiet', async () => {
      const one = new Harness({ options: { idleMs: 10_000 } });
      await one.handle(0, 4);
      await one.protocol.drain();
      expect(one.told.at(-1)).toBe('commit 0/4');
    });

    it('gives up what takes too long; it stays announced', async () => {
      const one = new Harness({
        write: (_range, { signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('aborted'));
            });
          }),
      });
      const handled = one.handle(0, 4);
      await one.until('commit 0/0 to 4');
      await one.protocol.drain(5);
      await handled;
      expect(one.told).toEqual([...FRESH, 'commit 0/0 to 4', 'resolve 0/3']);
    });

    it('acknowledges when kafkajs stops without a word', async () => {
      const one = new Harness({ options: { idleMs: 10_000, limits: { messages: 4, bytes: 1e6 } } });
      one.isStopping = false;
      const batch = one.batch(0, 9);
      const handled = one.protocol.handle(batch);
      one.isStopping = true;
      await handled;
      expect(one.told.filter((line) => line.startsWith('insert'))).toEqual([]);
      expect(one.told.at(-1)).toBe('commit 0/0');
    });
  });

  it('lets no late insert of an older generation touch the new one', async () => {
    const sleeping = Promise.withResolvers<undefined>();
    let first = true;
    const one = new Harness({
      write: async () => {
        if (!first) return;
        first = false;
        await sleeping.promise;
      },
      options: { idleMs: 10_000 },
    });
    const old = one.handle(0, 4);
    await one.until('commit 0/0 to 4');
    one.join();
    const anew = one.handle(0, 9);
    sleeping.resolve(undefined);
    await Promise.all([old, anew]);
    await one.until('insert 0/0-9');
    // The old one commits nothing more; the new one reads the group's position first.
    expect(one.story.filter((line) => line.startsWith('start'))).toHaveLength(2);
    expect(one.told.slice(-3)).toEqual(['commit 0/0 to 9', 'resolve 0/8', 'insert 0/0-9']);
    expect(one.told).not.toContain('commit 0/4');
  });

  it('holds no more bytes than the budget, whatever waits in how many partitions', async () => {
    const budget = new ByteBudget(3_000);
    let most = 0;
    const free: (() => void)[] = [];
    const one = new Harness({
      positions: Array.from({ length: 20 }, () => ({})),
      write: () => {
        most = Math.max(most, budget.used);
        return new Promise((resolve) => free.push(resolve));
      },
      options: { budget, idleMs: 10_000 },
    });
    const waiting = new Set(Array.from({ length: 20 }, (_, partition) => partition));
    const handled: Promise<void>[] = [];
    const inserts = (): number => one.story.filter((line) => line.startsWith('insert')).length;
    // kafkajs fetches a partition when its batch is handled and it isn't paused.
    const fetch = (): void => {
      for (const partition of waiting) {
        const isPaused =
          one.story.lastIndexOf(`pause ${partition}`) >
          one.story.lastIndexOf(`resume ${partition}`);
        if (isPaused) continue;
        waiting.delete(partition);
        const done = one.handle(0, 10, { partition, size: 36 }).then(() => {
          if (!one.story.includes(`insert ${partition}/0-10`)) waiting.add(partition);
        });
        handled.push(done);
      }
    };
    for (let rounds = 0; inserts() < 20; rounds += 1) {
      expect(rounds).toBeLessThan(1_000);
      fetch();
      await new Promise((resolve) => setImmediate(resolve));
      free.shift()?.();
    }
    await Promise.all(handled);
    expect(most).toBeGreaterThan(1_000);
    expect(most).toBeLessThanOrEqual(3_000);
    expect(budget.used).toBe(0);
  });
});
