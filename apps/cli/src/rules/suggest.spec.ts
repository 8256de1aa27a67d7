import { describe, expect, it } from '@jest/globals';
import { boundsOf, grid, suggested } from './suggest.js';
import { DETECTIONS } from './descriptions.js';

const bounds = { least: 1, most: 1000, whole: true, byDefault: 10 };
/** A threshold: the higher, the fewer. */
const falling = (values: readonly number[]) => Promise.resolve(values.map((v) => 1000 / v));

describe('a suggested value', () => {
  it('is the nearest to the default that gives few enough', async () => {
    expect(await suggested(bounds, 20, falling)).toEqual({ value: 50, perWeek: 20 });
    expect(await suggested(bounds, 100, falling)).toEqual({ value: 10, perWeek: 100 });
    const rising = (values: readonly number[]) => Promise.resolve(values.map((v) => v));
    expect(await suggested(bounds, 4, rising)).toEqual({ value: 4, perWeek: 4 });
  });

  it('is none where no value does', async () => {
    expect(await suggested(bounds, 0.5, falling)).toBeUndefined();
  });

  it('tries both ends and values between', () => {
    const values = grid(1, 1000, true);
    expect([values[0], values.at(-1)]).toEqual([1, 1000]);
    expect(values.length).toBeGreaterThan(8);
    expect(grid(0, 3, true)).toEqual([0, 1, 2, 3]);
  });

  it('lies between what the setting may be', () => {
    const rule = DETECTIONS.find(({ id }) => id === 'stale-key');
    if (rule === undefined) throw new Error('no rule');
    expect(boundsOf(rule.settings, 'limitDays')).toEqual({
      least: 1,
      most: 3650,
      whole: true,
      byDefault: 90,
    });
    expect(() => boundsOf(rule.settings, 'limitDaysByPlan')).toThrow('is no number');
  });
});
