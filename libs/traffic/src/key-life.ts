import type { CheckedOptions, Plant } from './options.js';
import type { KeyLife, Rotation } from './planned-key.js';
import { Random } from './random.js';
import { DAY_MS, HOUR_MS } from './time.js';

/** The first rotation age (days) that anybody is told of is 75: a clean key stays well below it. */
const MAX_CLEAN_AGE = 65 * DAY_MS;
const MAX_KEY_AGE = 400 * DAY_MS;
/** Rotation ages (days) that stale keys have just passed. */
export const STALE_MILESTONES = [75, 90, 120, 365] as const;

const ALIVE = {
  kind: 'long-term',
  expiresMs: Infinity,
  rotations: [],
  revokedMs: Infinity,
  disabledMs: Infinity,
  enabledMs: Infinity,
  silent: false,
} as const;

type Window = Pick<CheckedOptions, 'seed' | 'startMs' | 'endMs'>;

/** What happens to a key without an anomaly: nothing that a rule should report. */
export function cleanLife({ seed, startMs, endMs }: Window, index: number): KeyLife {
  const random = new Random(seed, 2_000_000_000 + index);
  const span = endMs - startMs;
  const inWindow = (from: number, to: number): number =>
    Math.round(startMs + random.between(from, to) * span);
  const fate = random.next();
  if (fate < 0.02) {
    // A short job: issued in the window, used for some hours.
    const createdMs = inWindow(0, 0.9);
    const expiresMs = Math.round(createdMs + random.between(0.5, 12) * HOUR_MS);
    return { ...ALIVE, kind: 'temporary', createdMs, expiresMs };
  }
  if (fate < 0.1) return rotating(random, { ...ALIVE, createdMs: inWindow(0, 0.9) }, endMs);
  const young = random.chance(0.7);
  const age = young ? random.between(0.01, 1) * MAX_CLEAN_AGE : random.next() * MAX_KEY_AGE;
  const createdMs = Math.round(Math.min(startMs - HOUR_MS, endMs - age));
  const life = rotating(
    random,
    { ...ALIVE, createdMs },
    endMs,
    random.chance(0.05) ? inWindow(0, 1) : undefined,
  );
  if (fate < 0.13) return endedAt(life, inWindow(0.05, 1));
  if (fate < 0.14) return endedAt(life, Math.round(random.between(createdMs + 1, startMs)));
  if (fate < 0.16) return { ...life, expiresMs: inWindow(0.05, 1) };
  if (fate < 0.17) {
    const disabledMs = inWindow(0.05, 0.5);
    return { ...life, disabledMs, enabledMs: random.chance(0.5) ? inWindow(0.6, 1) : Infinity };
  }
  return fate < 0.4
    ? { ...life, expiresMs: Math.round(endMs + random.between(20, 300) * DAY_MS) }
    : life;
}

/** The life with the rotations that keep its secret young, and one more where asked for. */
function rotating(random: Random, life: KeyLife, endMs: number, extraMs?: number): KeyLife {
  const times: number[] = extraMs === undefined ? [] : [extraMs];
  let madeMs = life.createdMs;
  while (endMs - madeMs > MAX_CLEAN_AGE) {
    madeMs = Math.min(Math.round(madeMs + random.between(40, 64) * DAY_MS), endMs - HOUR_MS);
    times.push(madeMs);
  }
  const rotations = times
    .sort((a, b) => a - b)
    .map((ms) => ({ ms, graceEndsMs: Math.round(ms + random.between(1, 3) * DAY_MS) }));
  return { ...life, rotations };
}

/** Nothing happens to a key after its revocation. */
function endedAt(life: KeyLife, revokedMs: number): KeyLife {
  return { ...life, revokedMs, rotations: life.rotations.filter(({ ms }) => ms < revokedMs) };
}

/** What happens to a key that carries an anomaly; `n` counts the keys of its kind. */
export function plantedLife(window: Window, index: number, plant: Plant, n: number): KeyLife {
  const random = new Random(window.seed, 2_000_000_000 + index);
  const { startMs, endMs } = window;
  const span = endMs - startMs;
  if (plant === 'stale-key') return staleLife(random, endMs, n);
  // Dormant keys need a use before their sleep, and all of them a time before the window; yet none is stale.
  const createdMs = Math.round(
    Math.min(endMs - random.between(64, 65) * DAY_MS, startMs - HOUR_MS),
  );
  if (plant === 'old-secret-after-grace' || plant === 'rotation-not-adopted')
    return rotatedOnce(random, window, createdMs, plant === 'rotation-not-adopted');
  if (plant === 'unused-key') {
    const madeMs = Math.round(endMs - random.between(80, 300) * DAY_MS);
    return rotating(random, { ...ALIVE, createdMs: madeMs, silent: true }, endMs);
  }
  if (plant === 'never-used-key') {
    return {
      ...ALIVE,
      createdMs: Math.round(endMs - random.between(20, 40) * DAY_MS),
      silent: true,
    };
  }
  const silent = plant === 'dormant-key-awakened';
  const life = rotating(random, { ...ALIVE, createdMs, silent }, endMs);
  if (plant !== 'revoked-key-use') return life;
  return endedAt(life, Math.round(startMs + random.between(0.2, 0.7) * span));
}

/** One rotation within the window, and its grace long before the end. */
function rotatedOnce(
  random: Random,
  { startMs, endMs }: Window,
  createdMs: number,
  silent: boolean,
): KeyLife {
  const span = endMs - startMs;
  const ms = Math.round(startMs + random.between(0.2, 0.5) * span);
  const graceEndsMs = Math.round(ms + random.between(0.1, 0.2) * span);
  return { ...ALIVE, createdMs, silent, rotations: [{ ms, graceEndsMs }] };
}

function staleLife(random: Random, endMs: number, n: number): KeyLife {
  const milestone = STALE_MILESTONES[n % STALE_MILESTONES.length] ?? 75;
  const madeMs = Math.round(endMs - (milestone + random.between(0.2, 5)) * DAY_MS);
  if (random.chance(0.5)) return { ...ALIVE, createdMs: madeMs };
  const rotation: Rotation = { ms: madeMs, graceEndsMs: madeMs + DAY_MS };
  return {
    ...ALIVE,
    createdMs: Math.round(madeMs - random.between(20, 60) * DAY_MS),
    rotations: [rotation],
  };
}
