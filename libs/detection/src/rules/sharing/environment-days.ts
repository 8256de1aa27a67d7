import { capText } from '@keywatch/keys';

export const DAY_MS = 86_400_000;
/** Environments kept per key and day; beyond it those come first that the key isn't allowed in, then by name. */
export const MAX_ENVIRONMENTS = 8;
const MAX_ADDRESSES = 3;
const MAX_ADDRESS = 45;
const MAX_EVENT_ID = 64;

/** Uses of a key in one environment on one UTC day, in any order: enough to pair them across midnight exactly. */
export interface EnvironmentUses {
  firstMs: number;
  lastMs: number;
  count: number;
  /** Id of the last use; of several at one time the greatest. */
  lastEventId: string;
  /** The first few by text. */
  addresses: string[];
}

export interface EnvironmentDay {
  /** Days since 1970, UTC. */
  readonly day: number;
  /** Uses in two environments came close enough for the higher severity, the later of them on this day. */
  close: boolean;
  readonly uses: Map<string, EnvironmentUses>;
}

/** Oldest first. */
export type EnvironmentDays = EnvironmentDay[];

export interface Use {
  readonly environment: string;
  readonly atMs: number;
  readonly eventId: string;
  readonly address: string;
}

/** The day's entry, made where there is none. */
export function dayOf(days: EnvironmentDays, day: number): EnvironmentDay {
  let at = days.length;
  for (let before = days[at - 1]; before !== undefined && before.day >= day;) {
    if (before.day === day) return before;
    at -= 1;
    before = days[at - 1];
  }
  const made: EnvironmentDay = { day, close: false, uses: new Map() };
  days.splice(at, 0, made);
  return made;
}

/** Drops the days before `oldest`. */
export function forgetBefore(days: EnvironmentDays, oldest: number): void {
  while (days[0] !== undefined && days[0].day < oldest) days.shift();
}

/** Adds one use. Beyond the bound the last of the day's environments by `ranksBefore` goes: order doesn't matter. */
export function addUse(
  day: EnvironmentDay,
  use: Use,
  ranksBefore: (a: string, b: string) => boolean,
): void {
  const eventId = capText(use.eventId, MAX_EVENT_ID);
  const uses = day.uses.get(use.environment);
  if (uses === undefined) {
    day.uses.set(use.environment, {
      firstMs: use.atMs,
      lastMs: use.atMs,
      count: 1,
      lastEventId: eventId,
      addresses: use.address === '' ? [] : [capText(use.address, MAX_ADDRESS)],
    });
    if (day.uses.size > MAX_ENVIRONMENTS) {
      day.uses.delete([...day.uses.keys()].reduce((a, b) => (ranksBefore(a, b) ? b : a)));
    }
    return;
  }
  uses.count += 1;
  uses.firstMs = Math.min(uses.firstMs, use.atMs);
  if (use.atMs > uses.lastMs || (use.atMs === uses.lastMs && eventId > uses.lastEventId)) {
    uses.lastMs = use.atMs;
    uses.lastEventId = eventId;
  }
  addAddress(uses.addresses, use.address);
}

function addAddress(addresses: string[], text: string): void {
  const address = capText(text, MAX_ADDRESS);
  if (address === '' || addresses.includes(address)) return;
  addresses.push(address);
  addresses.sort();
  addresses.length = Math.min(addresses.length, MAX_ADDRESSES);
}

type StoredUses = [environment: string, ...StoredNumbers, lastEventId: string, ...string[]];
type StoredNumbers = [firstInDayMs: number, lastAfterFirstMs: number, count: number];
type StoredDay = [day: number, close: 0 | 1, ...uses: StoredUses[]];

export function serializeDays(days: EnvironmentDays): StoredDay[] | undefined {
  if (days.length === 0) return undefined;
  return days.map(({ day, close, uses }) => [
    day,
    close ? 1 : 0,
    ...[...uses].map(([environment, u]): StoredUses => [
      environment,
      u.firstMs - day * DAY_MS,
      u.lastMs - u.firstMs,
      u.count,
      u.lastEventId,
      ...u.addresses,
    ]),
  ]);
}

export function deserializeDays(json: unknown): EnvironmentDays {
  return (json as StoredDay[]).map(([day, close, ...stored]) => ({
    day,
    close: close === 1,
    uses: new Map(
      stored.map(([environment, firstInDayMs, length, count, lastEventId, ...addresses]) => {
        const firstMs = day * DAY_MS + firstInDayMs;
        return [
          environment,
          { firstMs, lastMs: firstMs + length, count, lastEventId, addresses },
        ] as const;
      }),
    ),
  }));
}
