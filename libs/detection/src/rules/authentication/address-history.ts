import { hash } from 'node:crypto';
import { plainText } from '../../windows/plain-text.js';

export const MINUTE_MS = 60_000;
/** Addresses of one key within the time kept; beyond it those with the fewest failures go first. */
const MAX_ADDRESSES = 8;
const MAX_ADDRESS = 45;
const MAX_ID = 40;
/** Minutes kept per address at most: with a longer lateness a busy address forgets its oldest. */
const MAX_MINUTES = 32;

/**
 * One failure: ms after the start of its minute; what was forbidden as a number above 0, or the event as one below 0
 * where the credentials didn't hold. The same event again is the same pair.
 */
type Failure = readonly [afterMs: number, what: number];

interface Minute {
  readonly minute: number;
  /** The earliest by (time, what), so that the order of arrival leaves no trace. */
  failures: Failure[];
  /** Of the first failure to arrive. */
  id: string;
  /** The last success: ms after the start of the minute; -1: none. */
  servedMs: number;
}

/** What one address did with the key, by minute of event time, oldest first. Minutes with nothing are left out. */
export type History = Minute[];
export type Histories = Map<string, History>;

export function nameOf(address: string): string {
  return plainText(address, MAX_ADDRESS);
}

/** A text as a number above 0; two share one in 1 of 10^7 cases. */
function numberOf(text: string): number {
  return 1 + Number.parseInt(hash('sha1', text, 'hex').slice(0, 6), 16);
}

/** The address's minute, made where there is none; what is older than `oldestMs` goes. */
function minuteOf(histories: Histories, address: string, timeMs: number, oldestMs: number): Minute {
  const minute = Math.floor(timeMs / MINUTE_MS);
  // An address is its own name nearly always, and then it needn't be made.
  let history = histories.get(address) ?? histories.get(nameOf(address));
  const last = history?.at(-1);
  if (last?.minute === minute) return last;
  forgetBefore(histories, Math.floor(oldestMs / MINUTE_MS));
  history = histories.get(nameOf(address)) ?? [];
  histories.set(nameOf(address), history);
  let at = history.length;
  while (at > 0 && (history[at - 1]?.minute ?? 0) > minute) at -= 1;
  const known = history[at - 1];
  if (known?.minute === minute) return known;
  const made: Minute = { minute, failures: [], id: '', servedMs: -1 };
  history.splice(at, 0, made);
  if (history.length > MAX_MINUTES) history.shift();
  if (histories.size > MAX_ADDRESSES) dropLeast(histories, history);
  return made;
}

export function addSuccess(
  histories: Histories,
  address: string,
  timeMs: number,
  oldestMs: number,
) {
  const found = minuteOf(histories, address, timeMs, oldestMs);
  const afterMs = timeMs - found.minute * MINUTE_MS;
  if (afterMs > found.servedMs) found.servedMs = afterMs;
}

/** How much of one minute can count. */
export interface Limits {
  /** Failures kept, the earliest: no more are needed to reach the threshold. */
  readonly failures: number;
  /** Failures kept of one forbidden endpoint. */
  readonly sameEndpoint: number;
}

/** @param event with its endpoint where that was forbidden; missing: the credentials didn't hold */
export function addFailure(
  histories: Histories,
  address: string,
  timeMs: number,
  oldestMs: number,
  event: { readonly id: string; readonly endpoint?: string },
  limits: Limits,
): void {
  const found = minuteOf(histories, address, timeMs, oldestMs);
  if (found.failures.length === 0) found.id = plainText(event.id, MAX_ID);
  const what = event.endpoint === undefined ? -numberOf(event.id) : numberOf(event.endpoint);
  const failure: Failure = [timeMs - found.minute * MINUTE_MS, what];
  const { failures } = found;
  let at = failures.length;
  while (at > 0 && isBefore(failure, failures[at - 1] ?? failure)) at -= 1;
  const before = failures[at - 1];
  if (before?.[0] === failure[0] && before[1] === what) return;
  failures.splice(at, 0, failure);
  // Enough of one endpoint shall not push the others out.
  const same = failures.filter((one) => one[1] === what);
  if (what > 0 && same.length > limits.sameEndpoint)
    failures.splice(failures.lastIndexOf(same.at(-1) ?? failure), 1);
  failures.length = Math.min(failures.length, limits.failures);
}

function isBefore(a: Failure, b: Failure): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function forgetBefore(histories: Histories, minute: number): void {
  for (const [address, history] of histories) {
    while (history[0] !== undefined && history[0].minute < minute) history.shift();
    if (history.length === 0) histories.delete(address);
  }
}

function dropLeast(histories: Histories, kept: History): void {
  let least: string | undefined;
  let fewest = Infinity;
  for (const [address, history] of histories) {
    const failures = history.reduce((sum, minute) => sum + minute.failures.length, 0);
    if (history === kept || failures >= fewest) continue;
    [least, fewest] = [address, failures];
  }
  if (least !== undefined) histories.delete(least);
}

/** Failures before a success, and where the first of them lies. */
export interface Run {
  readonly successMs: number;
  readonly failures: number;
  readonly firstMs: number;
  readonly firstId: string;
}

/**
 * The failures of the `minutes` before the last success of a minute (from the start of the first minute). Of one
 * forbidden endpoint at most `sameEndpoint` count. More failures, and a later success in the minute, can only add.
 */
export function runBefore(
  history: History,
  success: Minute,
  minutes: number,
  sameEndpoint: number,
): Run {
  const successMs = success.minute * MINUTE_MS + success.servedMs;
  let failures = 0;
  let first: Minute | undefined;
  const seen = new Map<number, number>();
  for (const one of history) {
    if (one.minute < success.minute - minutes || one.minute > success.minute) continue;
    for (const [afterMs, what] of one.failures) {
      if (one.minute * MINUTE_MS + afterMs >= successMs) break;
      const same = (seen.get(what) ?? 0) + 1;
      if (what > 0 && same > sameEndpoint) continue;
      seen.set(what, same);
      failures += 1;
      first ??= one;
    }
  }
  const firstMs = (first?.minute ?? 0) * MINUTE_MS + (first?.failures[0]?.[0] ?? 0);
  return { successMs, failures, firstMs, firstId: first?.id ?? '' };
}

/** The successes that a failure at this time can lie before. */
export function successesFrom(history: History, timeMs: number, minutes: number): Minute[] {
  const minute = Math.floor(timeMs / MINUTE_MS);
  return history.filter(
    (one) => one.servedMs >= 0 && one.minute >= minute && one.minute <= minute + minutes,
  );
}

type StoredMinute = [after: number, servedMs: number, id?: string, ...failures: number[]];
type Stored = [address: string, firstMinute: number, ...minutes: StoredMinute[]];

export function packHistories(histories: Histories): Stored[] {
  return [...histories].map(([address, history]) => {
    const base = history[0]?.minute ?? 0;
    return [
      address,
      base,
      ...history.map(({ minute, servedMs, id, failures }): StoredMinute =>
        failures.length === 0
          ? [minute - base, servedMs]
          : [minute - base, servedMs, id, ...failures.flat()],
      ),
    ];
  });
}

export function unpackHistories(stored: Stored[]): Histories {
  return new Map(
    stored.map(([address, base, ...minutes]) => [
      address,
      minutes.map(([after, servedMs, id = '', ...numbers]): Minute => {
        const failures: Failure[] = [];
        for (let at = 0; at + 1 < numbers.length; at += 2)
          failures.push([numbers[at] ?? 0, numbers[at + 1] ?? 0]);
        return { minute: base + after, servedMs, id, failures };
      }),
    ]),
  );
}
