import type { Rule } from '@keywatch/detection';
import { z } from 'zod';
import { CommandError } from '../command-error.js';

/** Values that are tried at once: one reading of the events answers for all. */
const AT_ONCE = 12;
/** Where the schema names no end. */
const WIDEST = 1_000_000;

export interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  readonly byDefault: number;
}

/** Between what a numeric setting may be. @throws CommandError where it is none */
export function boundsOf(settings: Rule['settings'], name: string): Bounds {
  const byDefault = settings.parse({})[name];
  if (typeof byDefault !== 'number') {
    const names = Object.entries(settings.parse({}))
      .filter(([, value]) => typeof value === 'number')
      .map(([one]) => one);
    throw new CommandError(
      `${name} is no number that can be tried; there are ${names.join(', ')}.`,
    );
  }
  const described = z.toJSONSchema(settings, { io: 'input' }).properties?.[name];
  const { minimum, maximum, type } = typeof described === 'object' ? described : {};
  const least = Math.max(minimum ?? 0, -WIDEST);
  const most = Math.min(maximum ?? WIDEST, WIDEST);
  return { least, most, whole: type === 'integer', byDefault };
}

/** Up to 12 values from one to the other, closer together where they are small. */
export function grid(least: number, most: number, whole: boolean): number[] {
  const shift = least > 0 ? 0 : 1 - least;
  const steps = Array.from({ length: AT_ONCE }, (_, i) => {
    const value =
      (least + shift) * ((most + shift) / (least + shift)) ** (i / (AT_ONCE - 1)) - shift;
    return whole ? Math.round(value) : Number(value.toPrecision(4));
  });
  return [...new Set([least, ...steps, most])]
    .filter((value) => value >= least && value <= most)
    .sort((a, b) => a - b);
}

/** Of the values with at most `wanted` alerts a week, the one that is nearest the default; undefined: there is none. */
export async function suggested(
  { least, most, whole, byDefault }: Bounds,
  wanted: number,
  perWeek: (values: readonly number[]) => Promise<readonly number[]>,
): Promise<{ readonly value: number; readonly perWeek: number } | undefined> {
  let [low, high] = [least, most];
  let best: { value: number; perWeek: number } | undefined;
  for (let round = 0; round < 3; round += 1) {
    const values = grid(low, high, whole);
    if (round === 0 && !values.includes(byDefault)) values.push(byDefault);
    values.sort((a, b) => a - b);
    const counts = await perWeek(values);
    for (const [i, value] of values.entries()) {
      const count = counts[i] ?? Infinity;
      const isNearer =
        Math.abs(value - byDefault) < Math.abs((best?.value ?? Infinity) - byDefault);
      if (count <= wanted && isNearer) best = { value, perWeek: count };
    }
    if (best === undefined || best.value === byDefault) return best;
    // Between the best and the next value towards the default, which gives too many.
    const at = values.indexOf(best.value);
    if (at === -1) return best;
    const next = best.value > byDefault ? values[at - 1] : values[at + 1];
    if (next === undefined || (whole && Math.abs(next - best.value) <= 1)) return best;
    [low, high] = [Math.min(next, best.value), Math.max(next, best.value)];
  }
  return best;
}
