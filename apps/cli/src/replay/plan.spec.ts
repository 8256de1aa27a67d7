import { describe, expect, it } from '@jest/globals';
import { planReplay } from './plan.js';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 2, 10, 12);
const TOPIC = 'keywatch.key-events';

interface FakePartition {
  readonly low: number;
  /** Log times, from `low` on. */
  readonly times: readonly number[];
  readonly committed?: number;
}

function log(partitions: readonly FakePartition[], topics = [TOPIC, 'keywatch.detection-state']) {
  const highOf = ({ low, times }: FakePartition): number => low + times.length;
  const admin = {
    listTopics: () => Promise.resolve(topics),
    fetchTopicOffsets: () =>
      Promise.resolve(
        partitions.map((one, partition) => ({
          partition,
          offset: String(highOf(one)),
          low: String(one.low),
          high: String(highOf(one)),
        })),
      ),
    fetchTopicOffsetsByTimestamp: (_topic: string, timeMs?: number) =>
      Promise.resolve(
        partitions.map((one, partition) => {
          const at = one.times.findIndex((time) => time >= (timeMs ?? 0));
          return { partition, offset: String(at < 0 ? highOf(one) : one.low + at) };
        }),
      ),
    fetchOffsets: () =>
      Promise.resolve([
        {
          topic: TOPIC,
          partitions: partitions.map(({ committed = -1 }, partition) => ({
            partition,
            offset: String(committed),
            metadata: null,
          })),
        },
      ]),
  };
  const reader = {
    first: (_topic: string, partition: number) => {
      const time = partitions[partition]?.times[0];
      return Promise.resolve(
        time === undefined ? undefined : ({ timestamp: String(time) } as never),
      );
    },
  };
  return { admin, reader };
}

const times = { fromMs: NOON, toMs: NOON + 3_600_000, warmUpMs: 2 * DAY_MS };
const plan = ({ admin, reader }: ReturnType<typeof log>, more: Partial<typeof times> = {}) =>
  planReplay(admin, reader, { ...times, ...more });

describe('the plan of a replay', () => {
  it('reads from a midnight before the warm-up to the end asked for', async () => {
    const midnight = Date.UTC(2026, 2, 8);
    const arrivals = [midnight - 1, midnight, NOON - 1, NOON, NOON + 3_599_999, NOON + 3_600_000];
    expect(await plan(log([{ low: 0, times: arrivals, committed: 4 }]))).toEqual({
      parts: [{ partition: 0, from: 1, to: 5 }],
      memoryFromMs: midnight,
      shortened: false,
      detected: new Map([[0, 4]]),
      hasStates: true,
    });
  });

  it('says that nothing is missing where the whole log is read', async () => {
    const { memoryFromMs, parts } = await plan(log([{ low: 0, times: [NOON - 1, NOON] }]));
    expect({ memoryFromMs, parts }).toEqual({
      memoryFromMs: undefined,
      parts: [{ partition: 0, from: 0, to: 2 }],
    });
  });

  it('says from when on it remembers where retention has shortened the warm-up', async () => {
    const removed = { low: 70, times: [NOON - DAY_MS, NOON] };
    const later = { low: 3, times: [NOON - 5, NOON + 5] };
    expect(await plan(log([removed, { low: 0, times: [] }, later]))).toMatchObject({
      parts: [
        { partition: 0, from: 70, to: 72 },
        { partition: 1, from: 0, to: 0 },
        { partition: 2, from: 3, to: 5 },
      ],
      memoryFromMs: NOON - 5,
      shortened: true,
    });
  });

  it('refuses a time before what is left, and says from when it can be', async () => {
    const removed = log([{ low: 9, times: [NOON + 1_234] }]);
    await expect(plan(removed)).rejects.toThrow('--from 2026-03-10T12:00:01.234Z.');
    expect(await plan(removed, { fromMs: NOON + 1_234 })).toMatchObject({
      parts: [{ from: 9, to: 10 }],
    });
  });

  it('says what there is no topic for', async () => {
    await expect(plan(log([], []))).rejects.toThrow(`There is no topic ${TOPIC} to replay.`);
    expect(await plan(log([{ low: 0, times: [NOON] }], [TOPIC]))).toMatchObject({
      hasStates: false,
    });
  });
});
