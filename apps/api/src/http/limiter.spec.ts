import { describe, expect, it } from '@jest/globals';
import { Busy, Limiter } from './limiter.js';

const NEVER = new AbortController().signal;

describe('Limiter', () => {
  it('lets so many in and no more; one who leaves twice frees one place', () => {
    const limiter = new Limiter({ places: 2, waiting: 0, waitMs: 0 });
    const leave = limiter.tryEnter();
    limiter.tryEnter();
    expect(limiter.tryEnter()).toBeUndefined();
    leave?.();
    leave?.();
    expect(limiter.tryEnter()).toBeDefined();
    expect(limiter.tryEnter()).toBeUndefined();
    expect(limiter.inside).toBe(2);
  });

  it('hands a place on in the order of waiting', async () => {
    const limiter = new Limiter({ places: 1, waiting: 2, waitMs: 10_000 });
    const order: string[] = [];
    const first = await limiter.enter(NEVER);
    const second = limiter.enter(NEVER).then((leave) => {
      order.push('second');
      return leave;
    });
    const third = limiter.enter(NEVER).then((leave) => {
      order.push('third');
      return leave;
    });
    await expect(limiter.enter(NEVER)).rejects.toThrow(Busy);
    first();
    (await second)();
    (await third)();
    expect(order).toEqual(['second', 'third']);
    expect(limiter.inside).toBe(0);
  });

  it('does not let wait for longer than said', async () => {
    const limiter = new Limiter({ places: 1, waiting: 1, waitMs: 10 });
    const leave = await limiter.enter(NEVER);
    await expect(limiter.enter(NEVER)).rejects.toThrow(Busy);
    leave();
    expect(limiter.inside).toBe(0);
  });

  it('forgets one who goes while waiting', async () => {
    const limiter = new Limiter({ places: 1, waiting: 1, waitMs: 10_000 });
    const leave = await limiter.enter(NEVER);
    const asker = new AbortController();
    const waiting = limiter.enter(asker.signal);
    asker.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(limiter.enter(asker.signal)).rejects.toThrow('gone');
    leave();
    expect(limiter.inside).toBe(0);
  });
});
