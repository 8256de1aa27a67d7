import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IdentitySet, type Horizon, type Standing } from './identity-set.js';

interface Message {
  readonly id: string;
  readonly crc: number;
  readonly offset: number;
  readonly timeMs: number;
}

const identity = (id: number): string => createHash('md5').update(String(id)).digest('hex');

/** The promise, word by word: the latest earlier place of the identity decides. */
function naive(log: readonly Message[], horizon: Horizon): Standing[] {
  return log.map((message, i) => {
    const before = log.slice(0, i).findLast(({ id }) => id === message.id);
    if (
      before === undefined ||
      message.offset - before.offset > horizon.messages ||
      message.timeMs - before.timeMs > horizon.ms
    ) {
      return 'new';
    }
    return before.crc === message.crc ? 'duplicate' : 'conflict';
  });
}

const log = fc
  .array(
    fc.record({
      id: fc.integer({ min: 0, max: 12 }),
      crc: fc.integer({ min: 1, max: 2 }),
      gap: fc.integer({ min: 1, max: 3 }),
      wait: fc.integer({ min: -1, max: 5 }),
    }),
    { maxLength: 120 },
  )
  .map((steps) => {
    let offset = 0;
    let timeMs = 1_000;
    return steps.map(({ id, crc, gap, wait }): Message => {
      offset += gap;
      timeMs += wait;
      return { id: identity(id), crc, offset, timeMs };
    });
  });
const horizon = fc.record({
  messages: fc.integer({ min: 1, max: 30 }),
  ms: fc.integer({ min: 0, max: 60 }),
});

function addAll(set: IdentitySet, messages: readonly Message[]): Standing[] {
  return messages.map(({ id, crc, offset, timeMs }) => set.add(id, crc, offset, timeMs));
}

/** A set as a process that starts at `offset` has it. */
function warmed(all: readonly Message[], at: number, limits: Horizon): IdentitySet {
  const set = new IdentitySet(limits);
  const from = set.warmFrom(at);
  set.reset(from);
  addAll(
    set,
    all.filter(({ offset }) => offset >= from && offset < at),
  );
  set.reached(at);
  return set;
}

describe('IdentitySet', () => {
  it('answers as the naive reading of the whole log does', () => {
    fc.assert(
      fc.property(log, horizon, (messages, limits) => {
        const set = new IdentitySet(limits);
        set.reset(0);
        expect(addAll(set, messages)).toEqual(naive(messages, limits));
      }),
    );
  });

  it('answers the same after a start in the middle, warmed from the horizon only', () => {
    fc.assert(
      fc.property(log, horizon, fc.nat(120), (messages, limits, cut) => {
        const at = messages[cut % Math.max(1, messages.length)]?.offset ?? 0;
        const set = warmed(messages, at, limits);
        expect(set.rewindTo(at)).toBe(true);
        const rest = messages.filter(({ offset }) => offset >= at);
        expect(addAll(set, rest)).toEqual(
          naive(messages, limits).slice(messages.length - rest.length),
        );
      }),
    );
  });

  it('answers the same when ranges are built, given up and built again', () => {
    fc.assert(
      fc.property(
        log,
        horizon,
        fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.boolean()), { minLength: 1 }),
        (messages, limits, cuts) => {
          const expected = naive(messages, limits);
          const set = new IdentitySet(limits);
          set.reset(0);
          let at = 0;
          let from = 0;
          for (let turn = 0; at < messages.length; turn += 1) {
            const [size, again] = cuts[turn % cuts.length] ?? [1, false];
            const range = messages.slice(at, at + size);
            const times = again ? 2 : 1;
            for (let time = 0; time < times; time += 1) {
              expect(set.rewindTo(from)).toBe(true);
              expect(addAll(set, range)).toEqual(expected.slice(at, at + size));
            }
            from = (range.at(-1)?.offset ?? 0) + 1;
            set.reached(from);
            at += size;
          }
        },
      ),
    );
  });

  it('keeps no more than the horizon and the range at hand', () => {
    const set = new IdentitySet({ messages: 1_000, ms: 1e9 });
    set.reset(0);
    let most = 0;
    for (let offset = 0; offset < 20_000; offset += 1) {
      if (offset % 500 === 0) expect(set.rewindTo(offset)).toBe(true);
      set.add(identity(offset), 1, offset, offset);
      most = Math.max(most, set.size);
    }
    expect(most).toBe(1_500);
  });

  it('says when it does not know what stands before', () => {
    const set = new IdentitySet({ messages: 10, ms: 1e9 });
    expect(set.rewindTo(0)).toBe(false);
    set.reset(100);
    for (let offset = 100; offset < 200; offset += 1) set.add(identity(offset), 1, offset, 0);
    set.reached(200);
    expect(set.rewindTo(200)).toBe(true);
    // Beyond what was added, and too far behind what was kept.
    expect(set.rewindTo(201)).toBe(false);
    expect(set.rewindTo(150)).toBe(false);
  });
});
