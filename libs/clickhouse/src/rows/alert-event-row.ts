import { filedTime, type AlertEvent } from '@keywatch/events';
import { emptyColumns } from './empty-columns.js';
import { jsonColumn, quote, timeColumn, UINT32_MAX } from './json-text.js';
import { positionColumns, type Position } from './position.js';

/** Numbers of the severities in the tables' enums. */
export const SEVERITY = { info: 1, low: 2, medium: 3, high: 4, critical: 5 } as const;

/**
 * One row of `alert_event_intake` as JSONCompactEachRow text, columns in the order of the table. Times the engine
 * can't file are moved to the arrival time, as for key events.
 * @param messageKey the message's key: the fingerprint
 */
export function alertEventRow(
  event: AlertEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
  messageKey: string = event.alert.fingerprint,
): string {
  const start = positionColumns(kind, position, identity, crc);
  if (kind === 'duplicate') {
    return start + emptyColumns('alert_event_intake', timeColumn(position.logTimeMs));
  }
  const { alert } = event;
  const time = (text: string): string =>
    timeColumn(filedTime(Date.parse(text), position.logTimeMs).ms);
  const { facts, query, firstEventId, lastEventId } = alert.evidence;
  const detectedAt = time(alert.detectedAt);
  return (
    `${start},${quote(messageKey)},${quote(event.id)},${quote(alert.alertId)},${quote(alert.fingerprint)},${quote(event.source)},` +
    `${quote(alert.rule)},${Math.min(alert.ruleVersion, UINT32_MAX)},${SEVERITY[alert.severity]},${quote(alert.tenantId)},${quote(alert.lane)},` +
    `${quote(alert.keyId)},${quote(alert.window)},${quote(alert.title)},${quote(alert.sentence)},${time(alert.occurredAt)},` +
    `${detectedAt},${alert.historical},${jsonColumn(facts)},${quote(firstEventId)},${quote(lastEventId)},` +
    `${quote(alert.owner?.id)},${quote(alert.owner?.email)},${quote(alert.owner?.team)},"",` +
    `${quote(query)},"","","","",${detectedAt},${detectedAt},${detectedAt}]`
  );
}
