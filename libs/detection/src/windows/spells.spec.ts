import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FIRST, noSpells, spellOf } from './spells.js';

const silence = { quietDays: 7, disorderDays: 1 };

/** Name of each day's spell, as it was when the day was found. */
function namesOf(days: readonly number[]): Record<number, number> {
  const spells = noSpells();
  return Object.fromEntries(days.map((day) => [day, spellOf(spells, day, silence)]));
}

describe('spells', () => {
  it('one spell goes on for as long as no silence is longer than the days given', () => {
    expect(namesOf([100, 101, 108, 115])).toEqual({
      100: FIRST,
      101: FIRST,
      108: FIRST,
      115: FIRST,
    });
  });

  it('after a silence a spell is named by the day before it', () => {
    expect(namesOf([100, 103, 120, 121, 140])).toEqual({
      100: FIRST,
      103: FIRST,
      120: 103,
      121: 103,
      140: 121,
    });
  });

  it('a day that is found late may show that there was no silence', () => {
    expect(namesOf([100, 108, 107, 110])).toEqual({
      100: FIRST,
      107: FIRST,
      108: FIRST,
      110: FIRST,
    });
    expect(namesOf([100, 108, 110])).toEqual({ 100: FIRST, 108: FIRST, 110: 100 });
  });

  it('a day from long before changes nothing', () => {
    expect(namesOf([100, 120, 105, 121])).toEqual({ 100: FIRST, 105: FIRST, 120: 100, 121: 100 });
  });

  it('days found in another order, none further behind than the disorder, get the same names', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });
    const disorders = fc.integer({ min: 1, max: 3 });
    const delays = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), {
      minLength: 12,
      maxLength: 12,
    });
    fc.assert(
      fc.property(steps, disorders, delays, (gaps, disorderDays, delay) => {
        let day = 100;
        const days = gaps.map((gap) => (day += gap));
        const jumbled = days
          .map((one, i) => ({ one, at: one + (delay[i] ?? 0) * disorderDays }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const named = (order: readonly number[]): string => {
          const spells = noSpells();
          const names = order.map((one) => [
            one,
            spellOf(spells, one, { ...silence, disorderDays }),
          ]);
          return JSON.stringify(names.sort(([a = 0], [b = 0]) => a - b));
        };
        expect(named(jumbled)).toBe(named(days));
      }),
      { numRuns: 2_000 },
    );
  });
});
