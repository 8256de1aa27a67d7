import { describe, expect, it } from '@jest/globals';
import { engineLanes, Lane } from './lanes.js';
import { THREADS } from './threads.js';

/** Work that ends when told. */
function held(): { work: () => Promise<void>; end: () => void; started: () => boolean } {
  let end = (): void => undefined;
  let started = false;
  const gate = new Promise<void>((resolve) => (end = resolve));
  return {
    work: () => {
      started = true;
      return gate;
    },
    end: () => {
      end();
    },
    started: () => started,
  };
}

describe('a lane', () => {
  it('runs as many at once as it is wide, the others in their order', async () => {
    const lane = new Lane('queries', 2, 2);
    const all = [held(), held(), held(), held()] as const;
    const runs = all.map(({ work }) => lane.run(work));
    await Promise.resolve();
    expect(all.map(({ started }) => started())).toEqual([true, true, false, false]);
    all[1].end();
    await runs[1];
    await Promise.resolve();
    expect(all.map(({ started }) => started())).toEqual([true, true, true, false]);
    for (const { end } of all) end();
    await Promise.all(runs);
  });

  it('refuses with code 202 when the queue is full, and works again after that', async () => {
    const lane = new Lane('queries', 1, 1);
    const first = held();
    const runs = [lane.run(first.work), lane.run(() => Promise.resolve())];
    await expect(lane.run(() => Promise.resolve())).rejects.toMatchObject({
      code: 202,
      status: 503,
    });
    first.end();
    await Promise.all(runs);
    await expect(lane.run(() => Promise.resolve(7))).resolves.toBe(7);
  });

  it('goes on after work that failed', async () => {
    const lane = new Lane('queries', 1, 1);
    const failing = lane.run(() => Promise.reject(new Error('no')));
    const next = lane.run(() => Promise.resolve(1));
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe(1);
  });

  it('forgets who gave up waiting, and never runs their work', async () => {
    const lane = new Lane('queries', 1, 1);
    const first = held();
    const given = held();
    const abort = new AbortController();
    const running = lane.run(first.work);
    const waiting = lane.run(given.work, abort.signal);
    abort.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    const next = lane.run(() => Promise.resolve(2));
    first.end();
    await running;
    await expect(next).resolves.toBe(2);
    expect(given.started()).toBe(false);
  });

  it('says when it is idle', async () => {
    const lane = new Lane('queries', 1, 1);
    await lane.whenIdle();
    const first = held();
    let idle = false;
    const running = lane.run(first.work);
    const waiting = lane.whenIdle().then(() => (idle = true));
    await Promise.resolve();
    expect(idle).toBe(false);
    first.end();
    await Promise.all([running, waiting]);
    expect(idle).toBe(true);
  });
});

it('the lanes of the engine leave threads for everything else', () => {
  const width = Object.values(engineLanes()).reduce((sum, lane) => sum + lane.width, 0);
  expect(width).toBeLessThanOrEqual(THREADS - 4);
});
