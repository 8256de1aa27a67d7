import { decodeKeyEvent, encodeKeyEvent, type KeyEvent } from '@keywatch/events';
import {
  generateTraffic,
  PLANTS,
  type PlantedAnomaly,
  type TrafficOptions,
} from '@keywatch/traffic';

/** Generated events, decoded as the apps decode them, and what rules should say about them. */
export interface World {
  readonly title: string;
  readonly options: TrafficOptions;
  readonly events: readonly KeyEvent[];
  readonly truth: readonly PlantedAnomaly[];
}

const END_MS = Date.UTC(2026, 2, 15, 13);
const KEYS = 1_000;
const PER_PLANT = 12;

/** A month with a dozen keys of each kind of anomaly. */
export function plantedMonth(): World {
  const anomalies = Object.fromEntries(PLANTS.map((plant) => [plant, PER_PLANT]));
  return world('a month, anomalies planted', {
    seed: 21,
    days: 30,
    ratePerSecond: 0.06,
    anomalies,
  });
}

/** Nothing is wrong in these: a month of few requests, and a busy day. */
export function cleanWorlds(): readonly World[] {
  return [
    world('a clean month', { seed: 22, days: 30, ratePerSecond: 0.06, anomalies: {} }),
    world('a clean busy day', { seed: 23, days: 1, ratePerSecond: 1.7, anomalies: {} }),
  ];
}

function world(title: string, given: Omit<TrafficOptions, 'keys' | 'endMs'>): World {
  const options = { ...given, keys: KEYS, endMs: END_MS };
  const traffic = generateTraffic(options);
  const events: KeyEvent[] = [];
  for (const outgoing of traffic.events) {
    const { value } = encodeKeyEvent(outgoing);
    const decoded = decodeKeyEvent({ value: Buffer.from(value) });
    if (decoded.kind !== 'ok') throw new Error(`Generated traffic has no event: ${value}`);
    events.push(decoded.event);
  }
  return { title, options, events, truth: traffic.truth() };
}
