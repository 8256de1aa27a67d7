import { unknownKeyId } from '@keywatch/events';
import { attacker } from './attacker.js';
import type { CheckedOptions } from './options.js';
import type { KeyLife, PlannedKey } from './planned-key.js';
import { ALLOWED, moment, times, type PlannedUse } from './planned-use.js';
import type { Random } from './random.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.js';

const ANOMALY = { ...ALLOWED, isAnomaly: true } as const;
const REFUSED = { status: 401, outcome: 'invalid-key' } as const;
/** Requests that the smallest plan, 60 a minute, doesn't give even with a burst on top. */
const RUSH = 110;
const FAILURES = 12;
/** Days on which the owner uses a key before it is stolen. */
const KNOWN_DAYS = 10;
/** No key uses it otherwise, and it is no scanner. */
const TOOL = 'curl/8.9.1';
/** Keys that somebody with a list of them tries from one address. */
export const KEYS_OF_ONE_ADDRESS = 14;

/** Somebody goes on with the secret from before a rotation, hours after its grace. */
export function oldSecret(random: Random, key: PlannedKey, window: CheckedOptions): PlannedUse[] {
  const rotation = key.rotations[0];
  if (rotation === undefined) return [];
  const fromMs = rotation.graceEndsMs + 10 * MINUTE_MS;
  const address = random.pick(key.addresses);
  return times(random, fromMs, 2 * HOUR_MS, 2 + random.below(5), window).map((ms) => ({
    ...ANOMALY,
    key,
    ms,
    address,
    environment: key.home,
    secretVersion: 1,
  }));
}

/** Wrong secrets within some minutes from one place, then a right one. */
export function triesAndEnters(
  random: Random,
  key: PlannedKey,
  window: CheckedOptions,
): PlannedUse[] {
  const fromMs = moment(random, window, 0.1, 0.9);
  const use = { ...ANOMALY, key, address: attacker(random), environment: key.home };
  const tries = times(random, fromMs, 5 * MINUTE_MS, FAILURES, window);
  const lastMs = Math.min((tries.at(-1) ?? fromMs) + MINUTE_MS, window.endMs - 1);
  return [...tries.map((ms) => ({ ...use, ...REFUSED, ms })), { ...use, ms: lastMs }];
}

/** A client that goes on without a pause for less than a minute. */
export function rushes(random: Random, key: PlannedKey, window: CheckedOptions): PlannedUse[] {
  const fromMs = moment(random, window, 0.1, 0.9);
  const use = { ...ANOMALY, key, address: random.pick(key.addresses), environment: key.home };
  return times(random, fromMs, 40_000, RUSH, window).map((ms) => ({ ...use, ms }));
}

/** Half of the calls go on with the old secret until the grace ends. */
export function slowMove(random: Random, key: PlannedKey, window: CheckedOptions): PlannedUse[] {
  const rotation = key.rotations[0];
  if (rotation === undefined) return [];
  const use = { key, environment: key.home };
  const before = times(random, rotation.ms - 5 * DAY_MS, 5 * DAY_MS, 30, window);
  const graceMs = rotation.graceEndsMs - rotation.ms;
  const during = times(random, rotation.ms + 1, 0.99 * graceMs, 200, window);
  return [
    ...before.map((ms) => ({ ...ALLOWED, ...use, ms })),
    ...during.map((ms, n) =>
      n % 2 === 0
        ? { ...ANOMALY, ...use, ms, secretVersion: 1 }
        : { ...ALLOWED, ...use, ms, secretVersion: 2 },
    ),
  ];
}

/** Somebody who has a copy uses it with a tool of their own, days after the owner's uses have made the callers known. */
export function stolen(random: Random, key: PlannedKey, window: CheckedOptions): PlannedUse[] {
  const fromMs = moment(random, window, 0.5, 0.9);
  const usual = Array.from({ length: KNOWN_DAYS }, (_, n): PlannedUse => {
    const ms = Math.round(fromMs - (n + 2) * DAY_MS + random.between(0, HOUR_MS));
    return { ...ALLOWED, key, ms, environment: key.home };
  });
  const use = { ...ANOMALY, key, address: attacker(random), agent: TOOL, environment: key.home };
  const uses = times(random, fromMs, 20 * MINUTE_MS, 2 + random.below(5), window);
  return [...usual.reverse(), ...uses.map((ms) => ({ ...use, ms }))];
}

/** The last time that anybody used the key, two months and more before the end. */
export function lastUse(random: Random, key: PlannedKey, { endMs }: CheckedOptions): PlannedUse[] {
  const ms = Math.round(endMs - random.between(60, 75) * DAY_MS);
  return [{ ...ANOMALY, key, ms, environment: key.home }];
}

/** Somebody tries keys that nobody issued, within some minutes from one place. */
export function triesOfUnknownKeys(
  random: Random,
  key: PlannedKey,
  window: CheckedOptions,
): PlannedUse[] {
  const address = attacker(random);
  const fromMs = moment(random, window, 0.1, 0.9);
  return times(random, fromMs, 8 * MINUTE_MS, 8 + random.below(8), window).map((ms, n) => ({
    ...ANOMALY,
    ...REFUSED,
    key,
    ms,
    address,
    subject: unknownKeyId(`guess ${window.seed} ${key.index} ${n}`),
  }));
}

/** Whether somebody can try the key then, and nothing but its refusal comes of it. */
export function isTriable({ createdMs, revokedMs }: KeyLife, ms: number): boolean {
  return createdMs < ms && revokedMs === Infinity;
}

/** Somebody with a list of key ids of one tenant tries them one after the other from one place. */
export function manyKeysOfOneAddress(
  random: Random,
  key: PlannedKey,
  window: CheckedOptions,
  keys: readonly PlannedKey[],
): PlannedUse[] {
  const address = attacker(random);
  const fromMs = moment(random, window, 0.1, 0.9);
  const subjects = keys
    .filter((other) => other.plant === undefined && other.tenantId === key.tenantId)
    .filter((other) => isTriable(other, fromMs))
    .slice(0, KEYS_OF_ONE_ADDRESS)
    .map(({ keyId }) => keyId);
  return times(random, fromMs, 6 * MINUTE_MS, subjects.length, window).map((ms, n) => ({
    ...ANOMALY,
    ...REFUSED,
    key,
    ms,
    address,
    ...(subjects[n] === undefined ? {} : { subject: subjects[n] }),
  }));
}
