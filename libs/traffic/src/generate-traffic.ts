import type { OutgoingKeyEvent } from '@keywatch/events';
import { lifecycleEvent, lifecycleOf, type LifecycleStep } from './lifecycle.js';
import { checkOptions, type CheckedOptions, type TrafficOptions } from './options.js';
import { isUsableAt, type PlannedKey } from './planned-key.js';
import type { PlannedUse } from './planned-use.js';
import { plantedSteps } from './plants.js';
import { planKeys } from './population.js';
import { Random } from './random.js';
import { newKeyUse, requestMaker, type KeyUse } from './requests.js';
import { arrivals } from './rhythm.js';
import { DAY_MS, timeWriter } from './time.js';
import { keepTruth, type PlantedAnomaly } from './truth.js';
import { unknownKeyUses } from './unknown-keys.js';

export interface Traffic {
  readonly keys: readonly PlannedKey[];
  /** In time order; runs once. */
  readonly events: Generator<OutgoingKeyEvent, void, undefined>;
  /** The planted anomalies of the events given so far; whole when they are all given. */
  truth(): readonly PlantedAnomaly[];
}

/** A clean key that rested this long stays at rest: an awakening after 30 days is an anomaly. */
const MAX_REST_MS = 25 * DAY_MS;
/** Draws until a key is found that may be used now; beyond it the request doesn't happen. */
const MAX_DRAWS = 8;

/**
 * Key events of a world with tenants, owners, plans, environments, rotations and a few planted anomalies: first what
 * happened to the keys before the window, then the window with its requests. Made one at a time. Without the planted
 * keys no rule has anything to say.
 *
 * @throws RangeError that names the option that can't be.
 */
export function generateTraffic(options: TrafficOptions): Traffic {
  const checked = checkOptions(options);
  const keys = planKeys(checked);
  const keeper = keepTruth(checked.endMs);
  return { keys, events: eventsOf(checked, keys, keeper), truth: () => keeper.list() };
}

function* eventsOf(
  options: CheckedOptions,
  keys: readonly PlannedKey[],
  truth: ReturnType<typeof keepTruth>,
): Generator<OutgoingKeyEvent, void, undefined> {
  const { seed, startMs, endMs, ratePerSecond, lane } = options;
  const random = new Random(seed, 3);
  const requests = requestMaker(random, lane);
  const uses = keys.map(newKeyUse);
  const write = timeWriter();
  const prefix = `${seed.toString(36)}-`;
  let count = 0;
  const nextId = (): string => prefix + (count++).toString(36);

  function perform(step: PlannedUse | LifecycleStep): OutgoingKeyEvent {
    const use = uses[step.key.index];
    if (use === undefined) throw new Error(`no key ${step.key.index}`);
    const id = nextId();
    const time = write(step.ms);
    const isUse = step.kind === 'use';
    if (!isUse) rotate(use, step);
    else if (step.subject === undefined) use.lastUsedMs = step.ms;
    const event = isUse
      ? requests.planned(use, step, id, time)
      : lifecycleEvent(step, id, time, lane);
    const isOfKey = event.subject === step.key.keyId || (isUse && step.isAnomaly);
    if (step.key.plant !== undefined && isOfKey) {
      truth.see(step.key, event, step.ms, isUse && step.isAnomaly);
    }
    return event;
  }

  const steps = [
    ...keys.flatMap((key) => [...lifecycleOf(key, endMs), ...plantedSteps(key, options, keys)]),
    ...unknownKeyUses(keys, options),
  ].sort((a, b) => a.ms - b.ms);
  let at = 0;
  const next = arrivals(random, ratePerSecond, startMs, endMs);
  for (let ms = Math.floor(next()); !Number.isNaN(ms); ms = Math.floor(next())) {
    for (let step = steps[at]; step !== undefined && step.ms <= ms; step = steps[++at]) {
      yield perform(step);
    }
    const use = draw(random, uses, ms);
    if (use === undefined) continue;
    use.lastUsedMs = ms;
    const event = requests.usual(use, nextId(), ms, write(ms));
    if (use.key.plant !== undefined) truth.see(use.key, event, ms, false);
    yield event;
  }
  for (const step of steps.slice(at)) yield perform(step);
}

/** A key that may be used now, by popularity: the n-th is used 1/n as often as the first (Zipf). */
export function draw(random: Random, uses: readonly KeyUse[], ms: number): KeyUse | undefined {
  const range = Math.log(uses.length + 1);
  for (let n = 0; n < MAX_DRAWS; n++) {
    const use = uses[Math.floor(Math.exp(random.next() * range)) - 1];
    if (use === undefined || !isUsableAt(use.key, ms)) continue;
    if (!(ms - use.lastUsedMs > MAX_REST_MS)) return use;
  }
  return undefined;
}

function rotate(use: KeyUse, { ms, type, key }: LifecycleStep): void {
  if (type !== 'keywatch.key.rotated.v1') return;
  use.secretVersion += 1;
  use.rotatedMs = ms;
  use.graceEndsMs = key.rotations.find((rotation) => rotation.ms === ms)?.graceEndsMs ?? ms;
}
