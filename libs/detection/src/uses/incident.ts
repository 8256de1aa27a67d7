import { isMore, type ToldDays } from '../windows/told-days.js';
import { networkOf } from './network.js';

/** Networks kept of an incident: as many as the largest milestone counts. */
const MAX_NETWORKS = 8;

/** Beside the first use, an incident is told of each time the number of its networks has doubled. */
const MILESTONES = [2, 4, MAX_NETWORKS] as const;

/** Networks with their latest use in ms, latest first. */
type Latest = [network: string, lastMs: number][];

/**
 * Uses of a key by network around the event that makes them an incident (its revocation, a report that it leaked), which
 * may still be on its way. Of all networks the 8 that used it last are kept: whatever moment turns out to be the
 * beginning and in whatever order uses come, `how many networks used it after that, 8 at most` is exact.
 */
export interface Incident {
  readonly used: Latest;
  readonly served: Latest;
  /** What was told at each milestone: 0 nothing, 1 that it was used, 2 that it was served. */
  readonly told: [number, number, number];
  /** What was told of the latest periods, counted from the beginning. */
  readonly periods: ToldDays;
}

export function noIncident(): Incident {
  return { used: [], served: [], told: [0, 0, 0], periods: [] };
}

export interface UseOf {
  readonly timeMs: number;
  readonly address: string | undefined;
  readonly served: boolean;
}

/** Adds a use. Forgets those that were before `forgetMs`: no beginning that is still on its way comes before them. */
export function addUse({ used, served }: Incident, use: UseOf, forgetMs: number): void {
  const network = networkOf(use.address);
  note(used, network, use.timeMs, forgetMs);
  if (use.served) note(served, network, use.timeMs, forgetMs);
}

/** Loops rather than callbacks: this runs for every request. */
function note(latest: Latest, network: string, ms: number, forgetMs: number): void {
  let at = 0;
  while (at < latest.length && latest[at]?.[0] !== network) at += 1;
  const known = latest[at];
  if (known === undefined) latest.push([network, ms]);
  else if (known[1] < ms) known[1] = ms;
  else return;
  for (let one = latest[at]; at > 0 && one !== undefined; at -= 1) {
    const before = latest[at - 1];
    if (before === undefined || before[1] >= one[1]) break;
    latest[at] = before;
    latest[at - 1] = one;
  }
  while (latest.length > MAX_NETWORKS || (latest.at(-1)?.[1] ?? Infinity) <= forgetMs) latest.pop();
}

/** What is new to a reader. */
export interface News {
  /** So many networks used the key after the beginning; 1: it is in use. */
  readonly networks: 1 | (typeof MILESTONES)[number];
  /** Of the first kind: in which period after the beginning, from 0. */
  readonly period: number;
  /** As many networks as the news says were served. */
  readonly served: boolean;
  /** The networks: where served, those that were. */
  readonly names: readonly string[];
  readonly lastMs: number;
}

export interface Beginning {
  /** When the incident began; its periods are counted from here. */
  readonly atMs: number;
  /** Only uses after that are of it: the beginning, or the end of its grace. */
  readonly afterMs: number;
  readonly periodMs: number;
}

/** What has become true with this use. A use before the beginning says nothing. */
export function newsOfUse(incident: Incident, use: UseOf, beginning: Beginning): News[] {
  if (use.timeMs <= beginning.afterMs) return [];
  const names = [networkOf(use.address)];
  return [
    ...newsOfPeriod(incident, names, use.timeMs, use.served, beginning),
    ...newsOfNumber(incident, beginning.afterMs),
  ];
}

/** What the uses before it say when the event comes that makes them an incident. */
export function newsOfBeginning(incident: Incident, beginning: Beginning): News[] {
  const { afterMs } = beginning;
  const served = after(incident.served, afterMs);
  const wasServed = served.length > 0;
  const those = wasServed ? served : after(incident.used, afterMs);
  const [latest] = those;
  if (latest === undefined) return [];
  return [
    ...newsOfPeriod(incident, namesOf(those), latest[1], wasServed, beginning),
    ...newsOfNumber(incident, afterMs),
  ];
}

function newsOfPeriod(
  { periods }: Incident,
  names: readonly string[],
  lastMs: number,
  served: boolean,
  { atMs, periodMs }: Beginning,
): News[] {
  const period = Math.floor((lastMs - atMs) / periodMs);
  // No use on time is of an older one than the last but one.
  if (period < (periods.at(-2) ?? 0) - 1) return [];
  if (!isMore(periods, period, served ? 'critical' : 'high', 0)) return [];
  return [{ networks: 1, period, served, names, lastMs }];
}

function newsOfNumber(incident: Incident, beginMs: number): News[] {
  const used = after(incident.used, beginMs);
  const served = after(incident.served, beginMs);
  return MILESTONES.flatMap((networks, i): News[] => {
    const rank = served.length >= networks ? 2 : used.length >= networks ? 1 : 0;
    if (rank <= (incident.told[i] ?? 0)) return [];
    incident.told[i] = rank;
    const those = rank === 2 ? served : used;
    const lastMs = those[0]?.[1] ?? beginMs;
    return [{ networks, period: 0, served: rank === 2, names: namesOf(those), lastMs }];
  });
}

function after(latest: Latest, beginMs: number): Latest {
  return latest.filter(([, lastMs]) => lastMs > beginMs);
}

function namesOf(latest: Latest): string[] {
  return latest.map(([network]) => network);
}

export type StoredIncident = [
  used: (string | number)[],
  served: (string | number)[] | 1,
  ...told: number[],
];

export function packIncident(incident: Incident): StoredIncident {
  const { used, served, told, periods } = incident;
  const tail = periods.length > 0 ? [...told, ...periods] : [];
  // Most keys are served whenever they are used.
  const same = String(used) === String(served);
  return [used.flat(), same ? 1 : served.flat(), ...tail];
}

export function unpackIncident([used, served, ...tail]: StoredIncident): Incident {
  const [a = 0, b = 0, c = 0, ...periods] = tail;
  return {
    used: unpack(used),
    served: unpack(served === 1 ? used : served),
    told: [a, b, c],
    periods,
  };
}

function unpack(flat: readonly (string | number)[]): Latest {
  const latest: Latest = [];
  for (let at = 0; at < flat.length; at += 2)
    latest.push([flat[at] as string, flat[at + 1] as number]);
  return latest;
}
