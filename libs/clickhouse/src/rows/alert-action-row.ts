import {
  filedTime,
  type AlertActionEvent,
  type AlertLogEvent,
  type SilenceEvent,
} from '@keywatch/events';
import { alertEventRow, SEVERITY } from './alert-event-row.js';
import { emptyColumns } from './empty-columns.js';
import { quote, timeColumn } from './json-text.js';
import { positionColumns, type Position } from './position.js';

/**
 * One row of `alert_event_intake` for whatever stands on the alert-events topic: a telling, what was done about an alert,
 * a silence. JSONCompactEachRow text, columns in the order of the table.
 */
export function alertLogRow(
  event: AlertLogEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
  messageKey?: string,
): string {
  if (event.kind === 'telling') {
    return alertEventRow(event.event, position, identity, crc, kind, messageKey);
  }
  if (kind === 'duplicate') {
    const start = positionColumns(kind, position, identity, crc);
    return start + emptyColumns('alert_event_intake', timeColumn(position.logTimeMs));
  }
  const start = positionColumns('action', position, identity, crc);
  const columns =
    event.kind === 'action'
      ? columnsOfAction(event.event, position.logTimeMs)
      : columnsOfSilence(event.event, position.logTimeMs);
  return start + textOf({ ...columns, messageKey });
}

interface Columns {
  readonly messageKey?: string | undefined;
  readonly eventId: string;
  readonly alertId?: string;
  readonly fingerprint?: string;
  readonly source: string;
  readonly rule?: string | undefined;
  readonly severity: number;
  readonly tenantId?: string | undefined;
  readonly lane?: string | undefined;
  readonly keyId?: string | undefined;
  readonly owner?: string | undefined;
  readonly action: string;
  readonly silenceId?: string;
  readonly actor: string;
  readonly why: string;
  readonly at: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

function columnsOfAction(event: AlertActionEvent, logTimeMs: number): Columns {
  const { alertId, fingerprint, rule, tenantId, lane, keyId, severity, by, why, at } = event.data;
  const acted = time(at, logTimeMs);
  return {
    eventId: event.id,
    alertId,
    fingerprint,
    source: event.source,
    rule,
    severity: SEVERITY[severity],
    tenantId,
    lane,
    keyId,
    action: event.action,
    actor: by,
    why,
    at: acted,
    startsAt: acted,
    endsAt: acted,
  };
}

function columnsOfSilence(event: SilenceEvent, logTimeMs: number): Columns {
  const { silenceId, by, why, at } = event.data;
  const acted = time(at, logTimeMs);
  const common = { eventId: event.id, source: event.source, silenceId, actor: by, why, at: acted };
  if (event.kind === 'ended') {
    return {
      ...common,
      severity: SEVERITY.info,
      action: 'silence-ended',
      startsAt: acted,
      endsAt: acted,
    };
  }
  const { matchers, startsAt, endsAt } = event.data;
  return {
    ...common,
    rule: matchers.rule,
    severity: SEVERITY[matchers.severityAtMost ?? 'critical'],
    tenantId: matchers.tenantId,
    lane: matchers.lane,
    keyId: matchers.keyId,
    owner: matchers.owner,
    action: 'silence-created',
    startsAt: timeColumn(Date.parse(startsAt)),
    endsAt: timeColumn(Date.parse(endsAt)),
  };
}

/** Times of the deed are moved to the arrival where the engine can't file them; limits of silences stay as asked for. */
function time(text: string, logTimeMs: number): string {
  return timeColumn(filedTime(Date.parse(text), logTimeMs).ms);
}

function textOf(row: Columns): string {
  return (
    `,${quote(row.messageKey)},${quote(row.eventId)},${quote(row.alertId)},${quote(row.fingerprint)},${quote(row.source)},` +
    `${quote(row.rule)},0,${row.severity},${quote(row.tenantId)},${quote(row.lane)},${quote(row.keyId)},"","","",${row.at},${row.at},false,` +
    `"","","",${quote(row.owner)},"","","","",${quote(row.action)},${quote(row.silenceId)},${quote(row.actor)},${quote(row.why)},` +
    `${row.at},${row.startsAt},${row.endsAt}]`
  );
}
