import { describe, expect, it } from '@jest/globals';
import { watermarkOf, type PartitionProgress } from './watermark.js';

const now = 1_000_000;
const at = (over: Partial<PartitionProgress>): PartitionProgress => ({
  partition: 0,
  logStart: 0,
  logEnd: 100,
  storedTo: 100,
  storedLogTimeMs: 500,
  ...over,
});

describe('watermarkOf', () => {
  it('is now where every partition is stored up to its end, empty ones included', () => {
    const empty = at({ logEnd: 0, storedTo: undefined, storedLogTimeMs: undefined });
    expect(watermarkOf([at({}), empty], now)).toEqual({ ms: now, lagMessages: 0 });
  });

  it('is the oldest of the partitions that are behind', () => {
    const behind = [
      at({ storedTo: 90, storedLogTimeMs: 700 }),
      at({ storedTo: 99, storedLogTimeMs: 600 }),
    ];
    expect(watermarkOf([...behind, at({})], now)).toEqual({ ms: 600, lagMessages: 11 });
  });

  it('promises nothing where a partition has messages and none is stored', () => {
    const nothing = at({ storedTo: undefined, storedLogTimeMs: undefined });
    expect(watermarkOf([at({}), nothing], now)).toEqual({ ms: undefined, lagMessages: 100 });
  });

  it('counts as behind only what the log still has', () => {
    expect(watermarkOf([at({ logStart: 80, storedTo: 50, storedLogTimeMs: 5 })], now)).toEqual({
      ms: 5,
      lagMessages: 20,
    });
  });
});
