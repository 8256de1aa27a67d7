import { attacker } from './attacker.js';
import {
  lastUse,
  manyKeysOfOneAddress,
  oldSecret,
  rushes,
  slowMove,
  stolen,
  triesAndEnters,
  triesOfUnknownKeys,
} from './further-plants.js';
import { otherEnvironment } from './key-identity.js';
import type { LifecycleStep } from './lifecycle.js';
import type { CheckedOptions, Plant } from './options.js';
import type { PlannedKey } from './planned-key.js';
import { ALLOWED, moment, times, type PlannedUse, type Window } from './planned-use.js';
import { Random } from './random.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.js';
import { SCANNER_AGENTS } from './vocabulary.js';

type Step = PlannedUse | LifecycleStep;

/** The planned uses, and a leak report, that make the anomaly of a key. */
export function plantedSteps(
  key: PlannedKey,
  options: CheckedOptions,
  keys: readonly PlannedKey[],
): Step[] {
  if (key.plant === undefined) return [];
  const random = new Random(options.seed, 100_000 + key.index);
  return [...signsOfLife(random, key, options), ...incident(random, key, key.plant, options, keys)];
}

/** A use every few weeks: where requests are rare, an incident must not be an awakening from a long rest, too. */
function signsOfLife(random: Random, key: PlannedKey, { startMs, endMs }: Window): Step[] {
  const steps: Step[] = [];
  if (key.silent) return steps;
  const until = Math.min(endMs, key.revokedMs);
  let ms = Math.max(startMs, key.createdMs);
  while ((ms = Math.round(ms + random.between(15, 20) * DAY_MS)) < until) {
    steps.push({ ...ALLOWED, key, ms, environment: key.home });
  }
  return steps;
}

function incident(
  random: Random,
  key: PlannedKey,
  plant: Plant,
  options: CheckedOptions,
  keys: readonly PlannedKey[],
): Step[] {
  switch (plant) {
    case 'multi-environment-use':
      return strays(random, key, options);
    case 'revoked-key-use':
      return usesAfterRevocation(random, key, options);
    case 'auth-failure-burst':
      return burst(random, key, options);
    case 'use-after-leak-report':
      return leak(random, key, options);
    case 'dormant-key-awakened':
      return awakening(random, key, options);
    case 'scanner-user-agent':
      return scan(random, key, options);
    case 'old-secret-after-grace':
      return oldSecret(random, key, options);
    case 'failure-then-success':
      return triesAndEnters(random, key, options);
    case 'plan-rate-exceeded':
      return rushes(random, key, options);
    case 'rotation-not-adopted':
      return slowMove(random, key, options);
    case 'unknown-key':
      return triesOfUnknownKeys(random, key, options);
    case 'one-address-many-keys':
      return manyKeysOfOneAddress(random, key, options, keys);
    case 'new-caller':
      return stolen(random, key, options);
    case 'unused-key':
      return lastUse(random, key, options);
    case 'stale-key':
    case 'never-used-key':
      return [];
  }
}

const ANOMALY = { ...ALLOWED, isAnomaly: true } as const;

/** Some uses where the key has no business, at home shortly before and after. */
function strays(random: Random, key: PlannedKey, window: CheckedOptions): Step[] {
  const fromMs = moment(random, window, 0.1, 0.9);
  const environment = otherEnvironment(random, key.home);
  const at = times(random, fromMs, 30 * MINUTE_MS, 1 + random.below(4), window);
  const lastMs = at.at(-1) ?? fromMs;
  const before = Math.round(fromMs - random.between(1, 40) * MINUTE_MS);
  const after = Math.min(Math.round(lastMs + random.between(1, 40) * MINUTE_MS), window.endMs - 1);
  return [
    { ...ALLOWED, key, ms: before, environment: key.home },
    ...at.map((ms): Step => ({ ...ANOMALY, key, ms, environment })),
    { ...ALLOWED, key, ms: after, environment: key.home },
  ];
}

/** A client that was forgotten, or that somebody took: refused, or in one of three cases served. */
function usesAfterRevocation(random: Random, key: PlannedKey, window: CheckedOptions): Step[] {
  const served = random.chance(1 / 3);
  const address = attacker(random);
  // A minute is left for the revocation to spread.
  const at = times(random, key.revokedMs + 2 * MINUTE_MS, HOUR_MS, 3 + random.below(6), window);
  return at.map((ms) => ({
    ...ANOMALY,
    key,
    ms,
    address,
    environment: key.home,
    ...(served ? {} : { status: 401, outcome: 'revoked-key' }),
  }));
}

/** 25 to 40 refusals within eight minutes, all from one place. */
function burst(random: Random, key: PlannedKey, window: CheckedOptions): Step[] {
  const address = attacker(random);
  const fromMs = moment(random, window, 0.1, 0.9);
  return times(random, fromMs, 8 * MINUTE_MS, 25 + random.below(16), window).map((ms) => ({
    ...ANOMALY,
    key,
    ms,
    address,
    environment: key.home,
    ...(random.chance(0.7)
      ? { status: 401, outcome: 'invalid-key' }
      : { status: 403, outcome: 'forbidden' }),
  }));
}

/** A report that the key was found in public; nobody revokes it, and it is used on. */
function leak(random: Random, key: PlannedKey, window: CheckedOptions): Step[] {
  const ms = moment(random, window, 0.2, 0.8);
  const address = attacker(random);
  const report: LifecycleStep = {
    kind: 'lifecycle',
    ms,
    key,
    type: 'keywatch.key.leak-reported.v1',
    data: {
      reporter: 'code-search',
      url: `https://code.example/${key.tenantId}/app/blob/main/.env`,
      exposedAt: new Date(ms - Math.round(random.between(1, 48) * HOUR_MS)).toISOString(),
    },
  };
  const uses = times(random, ms + MINUTE_MS, 2 * HOUR_MS, 2 + random.below(4), window);
  return [
    report,
    ...uses.map((at): Step => ({ ...ANOMALY, key, ms: at, address, environment: key.home })),
  ];
}

/** A use, more than a month of silence, and a few uses from somewhere else. */
function awakening(random: Random, key: PlannedKey, window: CheckedOptions): Step[] {
  const { startMs, endMs } = window;
  const late = { startMs: Math.max(startMs, endMs - 20 * DAY_MS), endMs };
  const fromMs = moment(random, late, 0.1, 0.9);
  const lastMs = Math.round(fromMs - random.between(31, 40) * DAY_MS);
  const address = attacker(random);
  return [
    { ...ALLOWED, key, ms: lastMs, environment: key.home },
    ...times(random, fromMs, HOUR_MS, 2 + random.below(4), window).map((ms): Step => ({
      ...ANOMALY,
      key,
      ms,
      address,
      environment: key.home,
    })),
  ];
}

function scan(random: Random, key: PlannedKey, window: CheckedOptions): Step[] {
  const agent = random.pick(SCANNER_AGENTS);
  const address = attacker(random);
  const fromMs = moment(random, window, 0.1, 0.9);
  return times(random, fromMs, 10 * MINUTE_MS, 1 + random.below(5), window).map((ms) => ({
    ...ANOMALY,
    key,
    ms,
    agent,
    address,
    environment: key.home,
  }));
}
