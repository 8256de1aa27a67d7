import { setTimeout as delay } from 'node:timers/promises';
import type { ReplayedAlert, ReplayLine } from '@keywatch/detection';
import type { AlertEvent } from '@keywatch/events';
import { Comparison, type Differences } from './comparison.js';
import type { StoredTelling } from './stored-tellings.js';
import { replayedTelling, storedTelling, type Circumstances } from './why.js';

/** Where tellings are stored. */
export interface TellingStore {
  /** Those of the stretch that is replayed. */
  stored(): AsyncIterable<StoredTelling>;
  /** Those of some that are stored by now. */
  among(ids: readonly string[]): Promise<readonly StoredTelling[]>;
}

export interface ReplayOptions {
  readonly store: TellingStore;
  /** End of the stretch, log time in ms. */
  readonly toMs: number;
  /** Rules whose alerts are looked at; empty: all. */
  readonly rules: readonly string[];
  readonly circumstances: Circumstances;
  /** Puts alerts where detection puts them; undefined: they are only counted. */
  readonly tell: ((alerts: readonly AlertEvent[]) => Promise<unknown>) | undefined;
  readonly onLine: (line: ReplayLine) => void;
  readonly signal: AbortSignal;
  /** How long a telling may be on its way to the store, in ms. */
  readonly graceMs?: number;
}

export interface Replayed {
  readonly differences: Differences;
  readonly messages: number;
  readonly warmUp: number;
  /** Tellings that were told because they weren't stored. */
  readonly told: number;
  /** Partitions in which no settings were recorded. */
  readonly unrecorded: readonly number[];
}

/** Alerts that are looked for in the store, and told, together. */
const AT_ONCE = 500;
const GRACE_MS = 10_000;
/** What was completed this long before the end may still be on its way to the store. */
const RECENT_MS = 60_000;
const LOOK_MS = 500;

/** Compares what a replay says with what is stored; tells what isn't, where that is asked for. */
export async function compared(
  lines: AsyncIterable<ReplayLine>,
  options: ReplayOptions,
): Promise<Replayed> {
  const { store, circumstances, rules, signal, tell } = options;
  const comparison = new Comparison();
  for await (const row of store.stored()) {
    comparison.addStored(storedTelling(row, circumstances));
  }
  let [messages, warmUp, told] = [0, 0, 0];
  const unrecorded: number[] = [];
  let unknown: ReplayedAlert[] = [];
  const settle = async (): Promise<void> => {
    const found = await lookAgain(
      options,
      comparison,
      unknown.map(({ alert }) => alert.id),
    );
    const missing = unknown.filter(({ alert }) => !found.has(alert.id));
    unknown = [];
    if (tell === undefined || missing.length === 0) return;
    signal.throwIfAborted();
    await tell(missing.map(({ alert }) => alert));
    told += missing.length;
  };
  for await (const line of lines) {
    options.onLine(line);
    if (line.kind === 'part') {
      messages += line.messages;
      warmUp += line.warmUp;
      if (!line.recorded) unrecorded.push(line.partition);
    }
    if (line.kind !== 'alert') continue;
    if (rules.length > 0 && !rules.includes(line.alert.alert.rule)) continue;
    const isStored = comparison.addReplayed(replayedTelling(line, circumstances));
    if (!isStored) unknown.push(line);
    if (unknown.length >= AT_ONCE) await settle();
  }
  await settle();
  if (tell === undefined) await untilStored(options, comparison);
  return { differences: comparison.differences(), messages, warmUp, told, unrecorded };
}

/** What was told while the replay ran. */
async function lookAgain(
  { store, circumstances }: ReplayOptions,
  comparison: Comparison,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = ids.slice(at, at + AT_ONCE);
    for (const row of await store.among(some)) {
      comparison.addStored(storedTelling(row, circumstances));
      found.add(row.id);
    }
  }
  return found;
}

/** Alerts of the last minute may be told, or nearly, and not be stored yet. */
async function untilStored(options: ReplayOptions, comparison: Comparison): Promise<void> {
  const { toMs, signal, graceMs = GRACE_MS } = options;
  const until = performance.now() + graceMs;
  const sinceMs = Math.min(toMs, Date.now()) - RECENT_MS;
  for (;;) {
    const ids = comparison.notStoredSince(sinceMs);
    if (ids.length === 0 || performance.now() >= until) return;
    await delay(LOOK_MS, undefined, { signal });
    await lookAgain(options, comparison, ids);
  }
}
