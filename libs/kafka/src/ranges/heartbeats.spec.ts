import { describe, expect, it, jest } from '@jest/globals';
import { RangeFault } from './errors.js';
import { withHeartbeats } from './heartbeats.js';

const never = new AbortController().signal;
const fails = (type: string) => () => Promise.reject(Object.assign(new Error(type), { type }));

/** Ends when its signal is aborted. */
const untilAborted = ({ signal }: { signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('given up'));
    });
  });

describe('withHeartbeats', () => {
  it('beats while the work goes on, and no longer', async () => {
    let beats = 0;
    const done = Promise.withResolvers<string>();
    const beat = (): Promise<void> => {
      beats += 1;
      if (beats === 3) done.resolve('written');
      return Promise.resolve();
    };
    jest.useFakeTimers();
    try {
      const result = withHeartbeats(beat, never, () => done.promise, { intervalMs: 1 });
      await jest.advanceTimersByTimeAsync(3);
      expect(await result).toBe('written');
      const after = beats;
      await jest.advanceTimersByTimeAsync(10);
      expect(beats).toBe(after);
    } finally {
      jest.useRealTimers();
    }
  });

  it('gives the work up at once when the member is out of the group', async () => {
    const work = withHeartbeats(fails('UNKNOWN_MEMBER_ID'), never, untilAborted, { intervalMs: 1 });
    await expect(work).rejects.toThrow('UNKNOWN_MEMBER_ID');
  });

  it('lets the work end while the group only rebalances, then tells kafkajs', async () => {
    const failed = Promise.withResolvers<undefined>();
    const beat = (): Promise<void> => {
      failed.resolve(undefined);
      return fails('REBALANCE_IN_PROGRESS')();
    };
    let written = false;
    const work = withHeartbeats(
      beat,
      never,
      async (beats) => {
        await failed.promise;
        while (!beats.failed) await new Promise((resolve) => setImmediate(resolve));
        expect(beats.signal.aborted).toBe(false);
        written = true;
      },
      { intervalMs: 1 },
    );
    await expect(work).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
    expect(written).toBe(true);
  });

  it('gives it up when the grace of a rebalance is over', async () => {
    const options = { intervalMs: 1, rebalanceGraceMs: 5 };
    const work = withHeartbeats(fails('REBALANCE_IN_PROGRESS'), never, untilAborted, options);
    await expect(work).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
  });

  it('lets a fault that must end the process through, whatever the heartbeat said', async () => {
    const work = withHeartbeats(
      fails('UNKNOWN_MEMBER_ID'),
      never,
      (beats) => untilAborted(beats).catch(() => Promise.reject(new RangeFault('refused'))),
      { intervalMs: 1 },
    );
    await expect(work).rejects.toThrow('refused');
  });
});
