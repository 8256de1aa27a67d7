import type { AlertEvent } from '@keywatch/events';
import type { Engine, FoldOutcome } from '../engine/engine.js';
import type { KeyRecord } from '../engine/key-record.js';
import type { Arrival } from './arrivals.js';

export interface Run {
  /** Tellings, in order. */
  readonly alerts: AlertEvent[];
  readonly outcomes: FoldOutcome[];
  readonly records: ReadonlyMap<string, KeyRecord>;
  /** Longest stored form of any record on the way, in bytes; 0 unless `stored`. */
  readonly maxBytes: number;
}

/** Folds the arrivals in the order given. `stored`: each record is written and read back between any two events. */
export function run(engine: Engine, arrivals: readonly Arrival[], stored = false): Run {
  const records = new Map<string, KeyRecord>();
  const alerts: AlertEvent[] = [];
  const outcomes: FoldOutcome[] = [];
  let maxBytes = 0;
  arrivals.forEach(({ event, logTimeMs }, offset) => {
    const name = engine.recordKey(event);
    const result = engine.fold(records.get(name), event, { partition: 0, offset, logTimeMs });
    alerts.push(...result.alerts);
    outcomes.push(result.outcome);
    let { record } = result;
    if (stored) {
      const text = engine.serialize(record);
      maxBytes = Math.max(maxBytes, Buffer.byteLength(text));
      record = engine.deserialize(text);
    }
    records.set(name, record);
  });
  return { alerts, outcomes, records, maxBytes };
}
