import { createEngine, RULES, type KeyRecord } from '@keywatch/detection';
import { decodeKeyEvent, encodeKeyEvent, type KeyEvent } from '@keywatch/events';
import { eventsOf, type Sample } from '../api/cloudtrail.js';

const IMPORTED_MS = Date.UTC(2026, 2, 1);

/** The events of a sample in file order, as detection decodes them. */
export async function decodedSample(name: Sample): Promise<KeyEvent[]> {
  return (await eventsOf(name)).map((outgoing) => {
    const decoded = decodeKeyEvent({ value: Buffer.from(encodeKeyEvent(outgoing).value) });
    if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
    return decoded.event;
  });
}

/** Alerts as they end up: id, and key, rule and severity in words. */
export function alertsOnStream(events: readonly KeyEvent[]): ReadonlyMap<string, string> {
  const engine = createEngine({ rules: RULES });
  const records = new Map<string, KeyRecord>();
  const told = new Map<string, string>();
  events.forEach((event, offset) => {
    const name = engine.recordKey(event);
    const position = { partition: 0, offset, logTimeMs: IMPORTED_MS + offset };
    const { record, alerts } = engine.fold(records.get(name), event, position);
    records.set(name, record);
    for (const { alert } of alerts)
      told.set(alert.alertId, `${alert.keyId} ${alert.rule} ${alert.severity}`);
  });
  return told;
}
