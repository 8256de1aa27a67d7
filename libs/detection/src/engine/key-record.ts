import { packKeyState, unpackKeyState, type KeyState, type PackedKeyState } from '@keywatch/keys';
import type { Rule } from '../rule.js';
import { RecentIdentities } from './recent-identities.js';

/** All that detection holds of one key in one lane. Folding changes it in place. */
export interface KeyRecord {
  /** Offset folded up to: the event there and all before it are in. */
  o: number;
  /** The key's own clock: the latest event time seen, in ms. */
  clockMs: number;
  /** Arrival of the last event folded, in ms. */
  logTimeMs: number;
  /** Lifecycle; undefined: none seen, the key may not exist. */
  key: KeyState | undefined;
  recent: RecentIdentities;
  /** One per rule, in the engine's order; undefined: initial. */
  states: unknown[];
}

interface StoredRecord {
  readonly o: number;
  /** Log time and clock minus log time. */
  readonly t: [number, number];
  readonly i: string;
  readonly k?: PackedKeyState;
  /** Rule id -> [version, state]. */
  readonly r?: Readonly<Record<string, [number, unknown]>>;
}

export function serializeRecord(record: KeyRecord, rules: readonly Rule[]): string {
  const states: Record<string, [number, unknown]> = {};
  rules.forEach((rule, i) => {
    const state = record.states[i];
    const json = state === undefined ? undefined : rule.serialize(state);
    if (json !== undefined) states[rule.id] = [rule.version, json];
  });
  const stored: StoredRecord = {
    o: record.o,
    t: [record.logTimeMs, record.clockMs - record.logTimeMs],
    i: record.recent.toText(),
    ...(record.key === undefined ? {} : { k: packKeyState(record.key) }),
    ...(Object.keys(states).length === 0 ? {} : { r: states }),
  };
  return JSON.stringify(stored);
}

/** States of rules that are gone or have another version now are left out: they start anew. */
export function deserializeRecord(
  text: string,
  rules: readonly Rule[],
  recentIdentities: number,
): KeyRecord {
  const stored = JSON.parse(text) as StoredRecord;
  const [logTimeMs, ahead] = stored.t;
  return {
    o: stored.o,
    clockMs: logTimeMs + ahead,
    logTimeMs,
    key: stored.k === undefined ? undefined : unpackKeyState(stored.k),
    recent: RecentIdentities.fromText(stored.i, recentIdentities),
    states: rules.map((rule) => {
      const state = stored.r?.[rule.id];
      return state?.[0] === rule.version ? rule.deserialize(state[1]) : undefined;
    }),
  };
}
