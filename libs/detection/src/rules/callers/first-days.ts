/** Names with the first day (since 1970, UTC) of each, earliest first. */
export type FirstDays = [name: string, firstDay: number][];

/**
 * Notes that a name was seen on a day. Of too many those are kept that were there first (of one day the first by name):
 * in whatever order days come, the same are left.
 */
export function noteFirstDay(known: FirstDays, name: string, day: number, most: number): void {
  let at = 0;
  while (at < known.length && known[at]?.[0] !== name) at += 1;
  const entry = known[at];
  if (entry === undefined) known.push([name, day]);
  else if (day < entry[1]) entry[1] = day;
  else return;
  known.sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  if (known.length > most) known.length = most;
}

export function countUpTo(known: FirstDays, day: number): number {
  let count = 0;
  for (const [, firstDay] of known) if (firstDay <= day) count += 1;
  return count;
}

export function isKnownSince(known: FirstDays, name: string, day: number): boolean {
  for (const one of known) if (one[0] === name) return one[1] <= day;
  return false;
}
