import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { coverage, FIVE_MINUTES_MS, HOUR_MS } from './coverage.js';

const at = (text: string): number => Date.parse(`2026-11-24T${text}Z`);
const SIZES = { hour: HOUR_MS, 'five-minutes': FIVE_MINUTES_MS, raw: 1 } as const;

describe('coverage', () => {
  it('takes whole hours, whole five minutes beside them, and the rest from the events', () => {
    expect(coverage(at('09:58:30'), at('12:07:00'))).toEqual([
      { grain: 'raw', from: at('09:58:30'), to: at('10:00:00') },
      { grain: 'hour', from: at('10:00:00'), to: at('12:00:00') },
      { grain: 'five-minutes', from: at('12:00:00'), to: at('12:05:00') },
      { grain: 'raw', from: at('12:05:00'), to: at('12:07:00') },
    ]);
  });

  it('needs no events where the borders are whole five minutes', () => {
    expect(coverage(at('09:55:00'), at('11:10:00')).map(({ grain }) => grain)).toEqual([
      'five-minutes',
      'hour',
      'five-minutes',
    ]);
  });

  it('is the hours alone where everything is asked for', () => {
    expect(coverage(undefined, undefined)).toEqual([{ grain: 'hour' }]);
  });

  it('is nothing where the range is empty', () => {
    expect(coverage(at('10:00:00'), at('10:00:00'))).toEqual([]);
    expect(coverage(at('11:00:00'), at('10:00:00'))).toEqual([]);
  });

  it('whatever the borders, the stretches touch, begin and end with them, and buckets lie on their grid', () => {
    const border = fc.option(
      fc.oneof(
        fc.integer({ min: 0, max: 10 * HOUR_MS }),
        fc.integer({ min: 0, max: 120 }).map((n) => n * FIVE_MINUTES_MS),
        fc.integer({ min: 0, max: 10 }).map((n) => n * HOUR_MS),
      ),
      { nil: undefined },
    );
    fc.assert(
      fc.property(border, border, (from, to) => {
        fc.pre(from === undefined || to === undefined || from < to);
        const stretches = coverage(from, to);
        expect(stretches[0]?.from).toBe(from);
        expect(stretches.at(-1)?.to).toBe(to);
        stretches.forEach((stretch, index) => {
          const next = stretches[index + 1];
          if (next !== undefined) expect(stretch.to).toBe(next.from);
          for (const edge of [stretch.from, stretch.to]) {
            expect((edge ?? 0) % SIZES[stretch.grain]).toBe(0);
          }
          if (stretch.from !== undefined && stretch.to !== undefined) {
            expect(stretch.from).toBeLessThan(stretch.to);
          }
        });
      }),
    );
  });
});
