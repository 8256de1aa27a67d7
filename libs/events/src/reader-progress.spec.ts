import { describe, expect, it } from '@jest/globals';
import { readerProgress } from './reader-progress.js';

const NOW = 100_000;
const at = (over: object) => ({
  partition: 0,
  low: 0,
  high: 10,
  committed: 10,
  waitingSinceMs: null,
  ...over,
});

describe('progress of a reader', () => {
  it('is complete up to the time of asking where nothing waits', () => {
    expect(readerProgress([at({}), at({ partition: 1 })], NOW)).toEqual({
      state: 'complete',
      upToMs: NOW,
      waitingSinceMs: null,
      lagMessages: 0,
      missing: 0,
      partitions: [
        { partition: 0, position: 10 },
        { partition: 1, position: 10 },
      ],
    });
  });

  it('ends just before the oldest message that waits in any partition', () => {
    const behind = [
      at({ committed: 7, waitingSinceMs: 50_000 }),
      at({ partition: 1, committed: 9, waitingSinceMs: 60_000 }),
    ];
    expect(readerProgress(behind, NOW)).toMatchObject({
      state: 'behind',
      upToMs: 49_999,
      waitingSinceMs: 50_000,
      lagMessages: 4,
    });
  });

  it('of one that has committed nothing begins with the oldest message kept', () => {
    const [new_] = [at({ low: 3, committed: null, waitingSinceMs: 20_000 })];
    expect(readerProgress([new_], NOW)).toMatchObject({
      lagMessages: 7,
      missing: 0,
      upToMs: 19_999,
    });
  });

  it('names what retention took before it was read', () => {
    const eaten = at({ low: 5, committed: 2, waitingSinceMs: 30_000 });
    expect(readerProgress([eaten], NOW)).toMatchObject({
      state: 'gaps',
      missing: 3,
      lagMessages: 5,
      partitions: [{ partition: 0, position: 5 }],
    });
  });

  it('takes offsets that hold no messages for nothing that waits', () => {
    expect(readerProgress([at({ committed: 9 })], NOW)).toMatchObject({
      state: 'complete',
      lagMessages: 0,
    });
  });
});
