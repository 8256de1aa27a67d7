import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ByteBudget } from './byte-budget.js';
import type { RangeContext } from './ports.js';
import { RangeProtocol } from './range-protocol.js';

const IDLE_MS = 2_000;

describe('the acknowledgement of the last range on a quiet topic', () => {
  const commits: { offset: string; metadata: string }[] = [];
  let brokerIsUp = true;
  let owned = true;
  let protocol: RangeProtocol<unknown>;

  beforeEach(() => {
    jest.useFakeTimers();
    commits.length = 0;
    brokerIsUp = true;
    owned = true;
    const position = { partition: 0, committed: 0n, metadata: '', low: 0n, high: 1n };
    protocol = new RangeProtocol<unknown>({
      topic: 't',
      rowVersion: '1',
      budget: new ByteBudget(1_000),
      idleMs: IDLE_MS,
      onFault: (error) => {
        throw error;
      },
      log: { read: () => Promise.resolve([position]) },
      stored: {
        positions: () => Promise.resolve([]),
        readBack: () => Promise.reject(new Error('not asked here')),
      },
      sink: { build: (range) => range, write: () => Promise.resolve() },
    });
    protocol.newEpoch([0]);
  });
  afterEach(() => {
    protocol.newEpoch();
    jest.useRealTimers();
  });

  const context: RangeContext = {
    topic: 't',
    partition: 0,
    messages: [
      {
        key: null,
        value: Buffer.from('v'),
        offset: '0',
        timestamp: '1',
        attributes: 0,
        headers: {},
      },
    ],
    fetchedFrom: '0',
    end: 1n,
    highWatermark: 1n,
    ownsPartition: () => owned,
    isStopping: () => false,
    heartbeat: () => Promise.resolve(),
    resolve: () => undefined,
    commit: (offset, metadata = '') => {
      commits.push({ offset, metadata });
      return brokerIsUp ? Promise.resolve() : Promise.reject(new Error('no broker'));
    },
    pause: () => () => undefined,
    seek: () => undefined,
  };

  async function write(): Promise<void> {
    const handled = protocol.handle(context);
    // Heartbeats and the next turn of the loop are timers, too.
    await jest.advanceTimersByTimeAsync(1);
    await handled;
    expect(commits).toHaveLength(1);
    expect(commits[0]?.metadata).toContain('"to":"1"');
    commits.length = 0;
  }

  it('comes once after the quiet time', async () => {
    await write();
    await jest.advanceTimersByTimeAsync(5 * IDLE_MS);
    expect(commits).toEqual([{ offset: '1', metadata: '' }]);
  });

  it('is tried again after each quiet time while the broker is away, until it is in', async () => {
    await write();
    brokerIsUp = false;
    await jest.advanceTimersByTimeAsync(3 * IDLE_MS);
    expect(commits).toHaveLength(3);
    brokerIsUp = true;
    await jest.advanceTimersByTimeAsync(3 * IDLE_MS);
    expect(commits).toEqual(Array(4).fill({ offset: '1', metadata: '' }));
  });

  it('is left to the next owner when the partition is lost meanwhile', async () => {
    await write();
    brokerIsUp = false;
    await jest.advanceTimersByTimeAsync(IDLE_MS);
    owned = false;
    await jest.advanceTimersByTimeAsync(5 * IDLE_MS);
    expect(commits).toHaveLength(1);
  });
});
