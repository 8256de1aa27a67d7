import { filedTime, type AlertEvent } from '@keywatch/events';
import { writeEmptyColumns, writeEmptyTexts } from './empty-columns.js';
import { writePosition, type Position } from './position.js';
import { rowOf } from './row-bytes.js';
import { storableUInt32, storedJson } from './stored-values.js';

/** Numbers of the severities in the tables' enums. */
export const SEVERITY = { info: 1, low: 2, medium: 3, high: 4, critical: 5 } as const;

/**
 * One row of `alert_event_intake`, columns in the order of the table. Times the engine can't file are moved to the
 * arrival time, as for key events.
 * @param messageKey the message's key: the fingerprint
 */
export function alertEventRow(
  { id, source, alert }: AlertEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
  messageKey: string = alert.fingerprint,
): Buffer {
  return rowOf((out) => {
    writePosition(out, kind, position, identity, crc);
    if (kind === 'duplicate') {
      writeEmptyColumns(out, 'alert_event_intake', { timeMs: position.logTimeMs });
      return;
    }
    const time = (text: string): number => filedTime(Date.parse(text), position.logTimeMs).ms;
    const { facts, query, firstEventId, lastEventId } = alert.evidence;
    const detectedAt = time(alert.detectedAt);
    out.text(messageKey);
    out.text(id);
    out.text(alert.alertId);
    out.text(alert.fingerprint);
    out.text(source);
    out.text(alert.rule);
    out.uint32(storableUInt32(alert.ruleVersion));
    out.uint8(SEVERITY[alert.severity]);
    out.text(alert.tenantId);
    out.text(alert.lane);
    out.text(alert.keyId);
    out.text(alert.window);
    out.text(alert.title);
    out.text(alert.sentence);
    out.time(time(alert.occurredAt));
    out.time(detectedAt);
    out.uint8(Number(alert.historical));
    out.text(storedJson(facts));
    out.text(firstEventId);
    out.text(lastEventId);
    out.text(alert.owner?.id);
    out.text(alert.owner?.email);
    out.text(alert.owner?.team);
    writeEmptyTexts(out, 'data');
    out.text(query);
    writeEmptyTexts(out, 'action', 'silence_id', 'actor', 'why');
    // acted_at, starts_at, ends_at
    out.time(detectedAt);
    out.time(detectedAt);
    out.time(detectedAt);
  });
}
