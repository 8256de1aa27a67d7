import { REQUEST_MADE, type OutgoingKeyEvent } from '@keywatch/events';
import { STALE_MILESTONES } from './key-life.js';
import type { Plant } from './options.js';
import type { PlannedKey } from './planned-key.js';
import { DAY_MS, utcDay } from './time.js';

/** What a rule should say about the generated events, and nothing else. */
export interface PlantedAnomaly {
  /** Id of the rule that should see it. */
  readonly rule: Plant | 'leaked-key-reported';
  readonly tenantId: string;
  readonly keyId: string;
  /** UTC day, `2026-03-01`, of the first of its events; of a stale key the day it is looked at. */
  readonly day: string;
  readonly firstEventId: string;
  readonly lastEventId: string;
  /** Where it came from, where it is about an address rather than a key. */
  readonly address?: string;
  /** How many events show it. */
  readonly events: number;
  /** Of a use in several environments: all that take part on that day, sorted. */
  readonly environments?: readonly string[];
  /** Of a stale key: the greatest of 75, 90, 120 and 365 days that its rotation age has reached. */
  readonly milestoneDays?: number;
  readonly note: string;
}

/** Writes down what the planted keys do, event by event, in time order. */
export interface TruthKeeper {
  see(key: PlannedKey, event: OutgoingKeyEvent, ms: number, isAnomaly: boolean): void;
  list(): readonly PlantedAnomaly[];
}

type Growing = { -readonly [K in keyof PlantedAnomaly]: PlantedAnomaly[K] };

export function keepTruth(endMs: number): TruthKeeper {
  const anomalies = new Map<string, Growing>();
  const environments = new Map<string, Map<string, number>>();
  const leaked = new Set<string>();

  function add(
    rule: PlantedAnomaly['rule'],
    key: PlannedKey,
    event: OutgoingKeyEvent,
    day: string,
    note: string,
    perDay = false,
  ): Growing {
    const name = `${rule} ${key.keyId} ${perDay ? day : ''}`;
    const known = anomalies.get(name);
    if (known !== undefined) {
      known.lastEventId = event.id;
      known.events += 1;
      return known;
    }
    const { tenantId } = key;
    const keyId = event.subject;
    const ids = { firstEventId: event.id, lastEventId: event.id };
    const made: Growing = { rule, tenantId, keyId, day, ...ids, events: 1, note };
    anomalies.set(name, made);
    return made;
  }

  /** A use within 24 hours after one elsewhere, unless the key may be used in both. */
  function seeEnvironment(key: PlannedKey, event: OutgoingKeyEvent, ms: number): void {
    const here = (event as OutgoingKeyEvent<typeof REQUEST_MADE>).data.environment;
    if (here === undefined) return;
    const lastUses = environments.get(key.keyId) ?? new Map<string, number>();
    environments.set(key.keyId, lastUses);
    const allowed = new Set<string>(key.allowed);
    const elsewhere = [...lastUses]
      .filter(([there, lastMs]) => there !== here && ms - lastMs <= DAY_MS)
      .map(([there]) => there)
      .filter((there) => !(allowed.has(here) && allowed.has(there)));
    lastUses.set(here, ms);
    if (elsewhere.length === 0) return;
    const note = `at home in ${key.home}, used elsewhere within 24 hours`;
    const anomaly = add('multi-environment-use', key, event, utcDay(ms), note, true);
    anomaly.environments = [
      ...new Set([...(anomaly.environments ?? []), ...elsewhere, here]),
    ].sort();
  }

  /** Nothing ever comes of a key that is never used: what shows it is its creation. */
  function seeNeverUsed(key: PlannedKey, event: OutgoingKeyEvent, ms: number): void {
    if (event.type === 'keywatch.key.created.v1')
      add('never-used-key', key, event, utcDay(ms), 'issued, and never used');
  }

  function seeLifecycle(key: PlannedKey, event: OutgoingKeyEvent, ms: number): void {
    if (event.type === 'keywatch.key.leak-reported.v1') {
      leaked.add(key.keyId);
      add('leaked-key-reported', key, event, utcDay(ms), 'found in public');
    } else if (key.plant === 'never-used-key') {
      seeNeverUsed(key, event, ms);
    } else if (key.plant === 'stale-key') {
      const ageDays = (endMs - ms) / DAY_MS;
      const milestoneDays = STALE_MILESTONES.findLast((days) => days <= ageDays);
      if (milestoneDays === undefined) return;
      const note = `secret made ${Math.floor(ageDays)} days before the end`;
      // The later of creation and rotation counts: it replaces what was said before.
      anomalies.delete(`stale-key ${key.keyId} `);
      add('stale-key', key, event, utcDay(endMs), note).milestoneDays = milestoneDays;
    }
  }

  return {
    see(key, event, ms, isAnomaly) {
      if (event.type !== REQUEST_MADE) seeLifecycle(key, event, ms);
      else if (key.plant === 'multi-environment-use') seeEnvironment(key, event, ms);
      else if (leaked.has(key.keyId)) {
        add('use-after-leak-report', key, event, utcDay(ms), 'used on after the report');
      } else if (isAnomaly && key.plant !== undefined) {
        const anomaly = add(key.plant, key, event, utcDay(ms), NOTES[key.plant] ?? '');
        if (ABOUT_ADDRESSES.includes(key.plant)) anomaly.address = sourceOf(event);
      }
    },
    list: () => [...anomalies.values()],
  };
}

const NOTES: Readonly<Partial<Record<Plant, string>>> = {
  'revoked-key-use': 'used more than a minute after its revocation',
  'auth-failure-burst': '25 or more refusals within 8 minutes from one address',
  'dormant-key-awakened': 'used again after more than 30 days, from a new address',
  'scanner-user-agent': 'a scanner came with a key of an SDK',
  'old-secret-after-grace': 'used with the secret from before a rotation, after its grace',
  'failure-then-success': '12 failures within 5 minutes and then a success, from one address',
  'plan-rate-exceeded': '110 requests within a minute on a plan for 60',
  'unused-key': 'last used two months before the end',
  'rotation-not-adopted': 'half of the calls go on with the old secret until the end of its grace',
  'unknown-key': '8 or more keys that nobody issued within 8 minutes, from one address',
  'new-caller': 'used by another program from another network after ten days of its own uses',
  'one-address-many-keys': '14 keys of a tenant within 6 minutes, from one address',
};

const ABOUT_ADDRESSES: readonly Plant[] = ['unknown-key', 'one-address-many-keys'];

function sourceOf(event: OutgoingKeyEvent): string {
  return (event as OutgoingKeyEvent<typeof REQUEST_MADE>).data.sourceIp ?? '';
}
