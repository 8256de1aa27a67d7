import { environmentDaysOf } from './environment-days.js';
import { eventsOf, nameOf, type Produced, type ProducedEvent } from './produced-event.js';

/** Requests of one key in one hour. */
export interface HourOfUse {
  readonly requests: number;
  readonly errors: number;
}

/** State of one key; times in ms since 1970, null where it didn't happen. */
export interface KeyFacts {
  readonly createdAt: number | null;
  readonly lastRotatedAt: number | null;
  readonly revokedAt: number | null;
  readonly rotations: number;
  readonly requests: number;
  readonly firstUsed: number | null;
  readonly lastUsed: number | null;
}

/** What a run without any disturbance leaves. Names are parts joined by `|`. */
export interface Expected {
  /** `tenant|source|id` of each key event. */
  readonly identities: ReadonlySet<string>;
  /** By `lane|tenant|key|start of the hour in ms`. */
  readonly usage: ReadonlyMap<string, HourOfUse>;
  /** By `tenant|key`. */
  readonly keys: ReadonlyMap<string, KeyFacts>;
  /** `lane|tenant|key|UTC day` of each alert of multi-environment-use. */
  readonly environmentDays: ReadonlySet<string>;
}

const HOUR_MS = 3_600_000;

/**
 * What must be stored and told, computed from the produced messages alone: with no code of the apps, so that a bug of
 * theirs can't hide in it. Takes structured CloudEvents with times of their own, each key's in the order of time;
 * repeated ones count once, and what isn't JSON doesn't count.
 * @throws Error for messages about which it can say nothing
 */
export function expectedOf(messages: readonly Produced[]): Expected {
  const events = eventsOf(messages);
  return {
    identities: new Set(events.map(({ identity }) => identity)),
    usage: usageOf(events),
    keys: keysOf(events),
    environmentDays: environmentDaysOf(events),
  };
}

function usageOf(events: readonly ProducedEvent[]): Map<string, HourOfUse> {
  const usage = new Map<string, { requests: number; errors: number }>();
  for (const { what, lane, tenant, keyId, ms, data } of events) {
    if (what !== 'request-made') continue;
    const name = nameOf(lane, tenant, keyId, String(ms - (ms % HOUR_MS)));
    const hour = usage.get(name) ?? { requests: 0, errors: 0 };
    usage.set(name, hour);
    hour.requests += 1;
    if (Number(data['status'] ?? 0) >= 400) hour.errors += 1;
  }
  return usage;
}

function keysOf(events: readonly ProducedEvent[]): Map<string, KeyFacts> {
  const byKey = Map.groupBy(events, ({ tenant, keyId }) => nameOf(tenant, keyId));
  return new Map([...byKey].map(([name, ofKey]) => [name, keyFactsOf(ofKey)]));
}

function keyFactsOf(ofKey: readonly ProducedEvent[]): KeyFacts {
  const times = (wanted: string): number[] =>
    ofKey.filter(({ what }) => what === wanted).map(({ ms }) => ms);
  const [created, rotated, revoked] = [times('created'), times('rotated'), times('revoked')];
  const used = times('request-made');
  return {
    createdAt: first(created),
    lastRotatedAt: last(rotated),
    revokedAt: first(revoked),
    rotations: rotated.length,
    requests: used.length,
    firstUsed: first(used),
    lastUsed: last(used),
  };
}

const first = (times: readonly number[]): number | null =>
  times.length === 0 ? null : Math.min(...times);
const last = (times: readonly number[]): number | null =>
  times.length === 0 ? null : Math.max(...times);
