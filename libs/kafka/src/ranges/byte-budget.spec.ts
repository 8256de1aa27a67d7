import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteBudget } from './byte-budget.js';

describe('ByteBudget', () => {
  it('grants what fits, lets the rest wait, and calls them in order when there is room', () => {
    const budget = new ByteBudget(100);
    const called: string[] = [];
    const first = budget.reserve('a', 60, () => called.push('a'));
    expect(budget.reserve('b', 50, () => called.push('b'))).toBeUndefined();
    // Small enough, but not its turn: b would never get its share.
    expect(budget.reserve('c', 10, () => called.push('c'))).toBeUndefined();
    first?.();
    expect(called).toEqual(['b', 'c']);
    expect(budget.reserve('b', 50, () => called.push('b'))).toBeDefined();
    expect(budget.reserve('c', 10, () => called.push('c'))).toBeDefined();
    expect(budget.used).toBe(60);
  });

  it('grants at once what fits beside those who are called, rather than calling who is not waiting yet', () => {
    const budget = new ByteBudget(100);
    const first = budget.reserve('a', 60, () => undefined);
    budget.reserve('b', 50, () => undefined);
    first?.();
    let called = 0;
    expect(budget.reserve('c', 50, () => (called += 1))).toBeDefined();
    expect(budget.reserve('d', 1, () => (called += 1))).toBeUndefined();
    expect(called).toBe(0);
    expect(budget.reserve('b', 50, () => undefined)).toBeDefined();
  });

  it('grants more than there is to who is alone, and only then', () => {
    const budget = new ByteBudget(100);
    const small = budget.reserve('a', 1, () => undefined);
    let called = 0;
    const giant = (): (() => void) | undefined => budget.reserve('b', 500, () => (called += 1));
    expect(giant()).toBeUndefined();
    small?.();
    expect(called).toBe(1);
    expect(giant()).toBeDefined();
    expect(budget.reserve('a', 1, () => undefined)).toBeUndefined();
  });

  it('takes a share back once, however often it is given back', () => {
    const budget = new ByteBudget(100);
    const back = budget.reserve('a', 60, () => undefined);
    budget.reserve('b', 40, () => undefined);
    back?.();
    back?.();
    expect(budget.used).toBe(40);
  });

  it('forgets a partition that is gone, and calls those behind it', () => {
    const budget = new ByteBudget(100);
    budget.reserve('a', 60, () => undefined);
    let called = false;
    budget.reserve('b', 90, () => undefined);
    budget.reserve('c', 40, () => (called = true));
    expect(called).toBe(false);
    budget.forget('b');
    expect(called).toBe(true);
  });

  it('is never exceeded, and everybody gets a share in the end', () => {
    const plan = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(plan, fc.infiniteStream(fc.nat()), (sizes, choices) => {
        const budget = new ByteBudget(100);
        const held: (() => void)[] = [];
        const asking = [...sizes.keys()];
        let served = 0;
        while (served < sizes.length) {
          for (const who of asking.splice(0)) {
            // Who is called before it knows that it must wait isn't paused yet: nothing comes of the call.
            let paused = false;
            const share = budget.reserve(String(who), sizes[who] ?? 0, () => {
              if (paused) asking.push(who);
            });
            paused = true;
            if (share === undefined) continue;
            held.push(share);
            served += 1;
          }
          expect(budget.used <= 100 || held.length === 1).toBe(true);
          // Nobody asks and nothing is held: whoever still waits would wait for ever.
          expect(held.length + asking.length > 0 || served === sizes.length).toBe(true);
          const [back] = held.splice(Number(choices.next().value) % Math.max(1, held.length), 1);
          back?.();
        }
      }),
    );
  });
});
