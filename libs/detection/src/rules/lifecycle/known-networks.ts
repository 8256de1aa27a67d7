const MAX_KNOWN = 8;

/** Networks that a key was lately used from, with the first and the last day (since 1970, UTC) of each. */
export type KnownNetworks = [network: string, firstDay: number, lastDay: number][];

/** Notes a use. Of too many the one goes whose last use is longest ago; of several the last by name. */
export function noteNetwork(known: KnownNetworks, network: string, day: number): void {
  if (network === '') return;
  for (const one of known) {
    if (one[0] !== network) continue;
    if (day > one[2]) one[2] = day;
    else if (day < one[1]) one[1] = day;
    return;
  }
  known.push([network, day, day]);
  if (known.length > MAX_KNOWN) known.splice(known.indexOf(known.reduce(leastRecent)), 1);
}

function leastRecent(a: KnownNetworks[number], b: KnownNetworks[number]): KnownNetworks[number] {
  if (a[2] !== b[2]) return a[2] < b[2] ? a : b;
  return a[0] > b[0] ? a : b;
}

/** Whether uses up to that day are known, and none of them came from the network. */
export function isNewNetwork(known: KnownNetworks, network: string, untilDay: number): boolean {
  if (network === '') return false;
  const before = known.filter(([, firstDay]) => firstDay <= untilDay);
  return before.length > 0 && before.every(([name]) => name !== network);
}
