import { describe, expect, it } from '@jest/globals';
import { type Service } from '../service.js';
import { becomes } from '../waiting.js';
import { type ProcessState, Supervised } from './supervised.js';

/** Ends at once, each time. */
const brief = (): Promise<Service> =>
  Promise.resolve({
    exited: Promise.resolve({ code: 1 }),
    stop: () => Promise.resolve(),
    kill: () => undefined,
  });

function unit(stableMs: number, giveUpAfter: number): { one: Supervised; states: ProcessState[] } {
  const states: ProcessState[] = [];
  const one = new Supervised({
    name: 'app',
    restart: true,
    giveUpAfter,
    backoff: { firstMs: 1, maxMs: 1, stableMs },
    launch: brief,
    changed: (state) => states.push(state),
  });
  return { one, states };
}

describe('Supervised', () => {
  it('is given up after so many failures in a row', async () => {
    const { one, states } = unit(60_000, 3);
    one.start([]);
    await becomes(() => states.at(-1)?.state === 'gave-up', 5_000, 5);
    expect(states.filter(({ state }) => state === 'starting')).toHaveLength(3);
  });

  it('counts from the start again once a process was up for long', async () => {
    const { one, states } = unit(0, 2);
    one.start([]);
    await becomes(() => states.filter(({ state }) => state === 'starting').length > 5, 5_000, 5);
    expect(states.some(({ state }) => state === 'gave-up')).toBe(false);
    await one.stop();
    expect(one.state.state).toBe('stopped');
  });
});
