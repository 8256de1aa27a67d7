import type { OutgoingKeyEvent } from '@keywatch/events';
import { draw } from './generate-traffic.js';
import { lifecycleEvent, lifecycleOf } from './lifecycle.js';
import { checkOptions, type TrafficOptions } from './options.js';
import { planKeys } from './population.js';
import { Random } from './random.js';
import { newKeyUse, requestMaker, type KeyUse } from './requests.js';
import { arrivals, STEADY_RHYTHM } from './rhythm.js';
import { MINUTE_MS, timeWriter } from './time.js';

export interface LiveOptions {
  readonly seed: number;
  readonly keys: number;
  /** Requests per second over all keys. */
  readonly ratePerSecond: number;
  /** Options of the generated traffic that this goes on from; missing: the keys are issued on the first call. */
  readonly history?: TrafficOptions;
}

export interface LiveTraffic {
  /**
   * The events due since the last call, up to `nowMs`, in time order. The first call starts the clock and gives what
   * happened to the keys before it, if there is no history. A longer pause than a minute is left out, not made up for.
   */
  next(nowMs: number): OutgoingKeyEvent[];
}

const MAX_CATCH_UP_MS = MINUTE_MS;

/** Clean requests as time goes by: keys with a planted anomaly rest. */
export function liveTraffic({ seed, keys, ratePerSecond, history }: LiveOptions): LiveTraffic {
  let trickle: ((nowMs: number) => OutgoingKeyEvent[]) | undefined;
  return {
    next(nowMs) {
      if (trickle !== undefined) return trickle(nowMs);
      const options = history ?? { seed, keys, days: 7, endMs: nowMs, anomalies: {} };
      const checked = checkOptions({ ...options, ratePerSecond });
      const planned = planKeys(checked);
      const prefix = `${seed.toString(36)}-live-${nowMs.toString(36)}-`;
      let count = 0;
      const nextId = (): string => prefix + (count++).toString(36);
      const issued =
        history !== undefined
          ? []
          : planned.flatMap((key) => lifecycleOf(key, nowMs)).sort((a, b) => a.ms - b.ms);
      const write = timeWriter();
      const events = issued.map((step) =>
        lifecycleEvent(step, nextId(), write(step.ms), checked.lane),
      );
      const uses = planned.filter(({ plant }) => plant === undefined).map(inUse);
      trickle = requestsUpTo(new Random(seed, 4), uses, nowMs, ratePerSecond, nextId, checked.lane);
      return events;
    },
  };

  function inUse(key: KeyUse['key']): KeyUse {
    const use = newKeyUse(key);
    return { ...use, secretVersion: 1 + key.rotations.length };
  }
}

function requestsUpTo(
  random: Random,
  uses: readonly KeyUse[],
  startMs: number,
  ratePerSecond: number,
  nextId: () => string,
  lane: string | undefined,
): (nowMs: number) => OutgoingKeyEvent[] {
  const requests = requestMaker(random, lane);
  const write = timeWriter();
  let fromMs = startMs;
  return (nowMs) => {
    if (nowMs <= fromMs) return [];
    const events: OutgoingKeyEvent[] = [];
    const due = arrivals(
      random,
      ratePerSecond,
      Math.max(fromMs, nowMs - MAX_CATCH_UP_MS),
      nowMs,
      STEADY_RHYTHM,
    );
    for (let ms = Math.floor(due()); !Number.isNaN(ms); ms = Math.floor(due())) {
      const use = draw(random, uses, ms);
      if (use === undefined) continue;
      use.lastUsedMs = ms;
      events.push(requests.usual(use, nextId(), ms, write(ms)));
    }
    fromMs = nowMs;
    return events;
  };
}
