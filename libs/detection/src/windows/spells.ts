/**
 * Spells of days on which something holds, for rules that tell of a trouble once and not each day that it goes on. A
 * spell ends with more than so many days without it. It is named by the last day of the spell before it, not by its own
 * first: of two days around midnight the later may be found first, but both follow the same day.
 *
 * In numbers, so that it can be stored as it is: the latest day, and the last days before the latest silences, newest
 * first. Days since 1970, UTC; 0: none.
 */
export type Spells = [last: number, rested: number, restedBefore: number, restedFirst: number];

/** Name of the first spell that is known. */
export const FIRST = 0;

export const noSpells = (): Spells => [0, FIRST, FIRST, FIRST];

export interface Silence {
  /** Days without it that end a spell; at least the disorder. */
  readonly quietDays: number;
  /** How many days earlier than the latest day another may still be found. */
  readonly disorderDays: number;
}

/**
 * Notes a day on which it holds. @returns the name of its spell: the last day of the one before, or FIRST
 *
 * In whatever order days come that lie no further apart than the disorder, each gets the same name: the first days after
 * a silence that a day still on its way could shorten belong to the spell before.
 */
export function spellOf(spells: Spells, day: number, silence: Silence): number {
  const { disorderDays } = silence;
  const quietDays = Math.max(silence.quietDays, disorderDays);
  const [last, rested, restedBefore, restedFirst] = spells;
  if (last !== 0 && day - last > quietDays) {
    spells.splice(1, 3, last, rested, restedBefore);
  } else if (day > rested && day <= rested + quietDays && last - day <= disorderDays) {
    // There was no such silence.
    spells.splice(1, 3, restedBefore, restedFirst, FIRST);
  }
  if (day > last) spells[0] = day;
  const [, ...rests] = spells;
  return rests.find((rest) => day > rest + quietDays + disorderDays) ?? FIRST;
}
