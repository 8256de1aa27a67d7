import type { Alert, KeyEvent } from '@keywatch/events';
import { createEngine, RULES, type KeyRecord, type Rule } from '@keywatch/detection';
import type { PlantedAnomaly } from '@keywatch/traffic';
import type { World } from './worlds.js';

/** What one rule or sweep said about a world with planted anomalies. */
export interface Accuracy {
  readonly rule: string;
  /** Anomalies planted for it. */
  readonly planted: number;
  /** Of these how many it told. */
  readonly found: number;
  /** Alerts, each counted once. */
  readonly alerts: number;
  /** About keys or addresses that were planted for this rule. */
  readonly right: number;
  /** About those planted for another rule: often true as well, so counted neither way. */
  readonly beside: number;
  /** About clean keys. */
  readonly wrong: number;
  readonly missed: readonly string[];
}

/** Alerts of the world by id, each as it was told last. */
export function alertsOnStream({ events }: World): ReadonlyMap<string, Alert> {
  const alerts = new Map<string, Alert>();
  foldAll(RULES, events, (alert) => alerts.set(alert.alertId, alert));
  return alerts;
}

/** Folds the events in order into records of their own, as one partition. @returns the records */
export function foldAll(
  rules: readonly Rule[],
  events: readonly KeyEvent[],
  tell: (alert: Alert) => void = () => undefined,
): ReadonlyMap<string, KeyRecord> {
  const engine = createEngine({ rules });
  const records = new Map<string, KeyRecord>();
  let offset = 0;
  for (const event of events) {
    const name = engine.recordKey(event);
    const position = { partition: 0, offset: offset++, logTimeMs: event.timeMs + 500 };
    const { record, alerts } = engine.fold(records.get(name), event, position);
    records.set(name, record);
    for (const { alert } of alerts) tell(alert);
  }
  return records;
}

export function accuracyOf(
  rule: string,
  alerts: Iterable<Alert>,
  truth: readonly PlantedAnomaly[],
): Accuracy {
  const own = truth.filter((anomaly) => anomaly.rule === rule);
  const found = new Set<PlantedAnomaly>();
  let [count, right, beside] = [0, 0, 0];
  for (const alert of alerts) {
    if (alert.rule !== rule) continue;
    count += 1;
    const meant = own.filter((anomaly) => isAbout(alert, anomaly));
    for (const anomaly of meant) found.add(anomaly);
    if (meant.length > 0) right += 1;
    else if (truth.some((anomaly) => isAbout(alert, anomaly))) beside += 1;
  }
  const missed = own.filter((anomaly) => !found.has(anomaly)).map(({ keyId }) => keyId);
  const wrong = count - right - beside;
  return {
    rule,
    planted: own.length,
    found: found.size,
    alerts: count,
    right,
    beside,
    wrong,
    missed,
  };
}

function isAbout(alert: Alert, { tenantId, keyId, address }: PlantedAnomaly): boolean {
  if (address !== undefined) return JSON.stringify(alert.evidence).includes(address);
  return alert.tenantId === tenantId && alert.keyId === keyId;
}
