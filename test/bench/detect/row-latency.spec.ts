import { describe, expect, it } from '@jest/globals';
import { rowLatencies } from './row-latency.js';

describe('rowLatencies', () => {
  it('counts every message of a request until the first look that found its row', () => {
    const sent = [
      { partition: 0, from: 10, at: 100 },
      { partition: 0, from: 12, at: 110 },
    ];
    const looks = [
      { partition: 0, last: 9, at: 120 },
      { partition: 0, last: 10, at: 130 },
      { partition: 0, last: 12, at: 150 },
    ];
    expect(rowLatencies(sent, looks)).toEqual([30, 50, 40]);
  });

  it('counts only those that were sent within a time, where one is given', () => {
    const sent = [
      { partition: 0, from: 10, at: 100 },
      { partition: 0, from: 12, at: 110 },
    ];
    const looks = [{ partition: 0, last: 12, at: 150 }];
    expect(rowLatencies(sent, looks, { fromMs: 110 })).toEqual([40]);
    expect(rowLatencies(sent, looks, { beforeMs: 110 })).toEqual([50, 50]);
  });

  it('keeps partitions apart, and takes answers that came out of order', () => {
    const sent = [
      { partition: 1, from: 1, at: 20 },
      { partition: 0, from: 0, at: 0 },
      { partition: 1, from: 0, at: 10 },
    ];
    const looks = [
      { partition: 1, last: 1, at: 25 },
      { partition: 0, last: 0, at: 50 },
    ];
    expect(rowLatencies(sent, looks)).toEqual([15, 5, 50]);
  });

  it('refuses to leave out a message whose row never came', () => {
    const sent = [
      { partition: 0, from: 0, at: 0 },
      { partition: 0, from: 5, at: 1 },
    ];
    expect(() => rowLatencies(sent, [{ partition: 0, last: 3, at: 9 }])).toThrow(
      'No row of partition 0 from offset 4 on',
    );
    expect(() => rowLatencies(sent, [])).toThrow('No row of partition 0');
  });
});
