import {
  filedTime,
  type AlertActionEvent,
  type AlertLogEvent,
  type SilenceEvent,
} from '@keywatch/events';
import { alertEventRow, SEVERITY } from './alert-event-row.js';
import { writeEmptyColumns, writeEmptyTexts } from './empty-columns.js';
import { writePosition, type Position } from './position.js';
import { type RowBytes, rowOf } from './row-bytes.js';

/**
 * One row of `alert_event_intake` for whatever stands on the alert-events topic: a telling, what was done about an alert,
 * a silence. Columns in the order of the table.
 */
export function alertLogRow(
  event: AlertLogEvent,
  position: Position,
  identity: string,
  crc: number,
  kind: 'event' | 'duplicate' = 'event',
  messageKey?: string,
): Buffer {
  if (event.kind === 'telling') {
    return alertEventRow(event.event, position, identity, crc, kind, messageKey);
  }
  return rowOf((out) => {
    if (kind === 'duplicate') {
      writePosition(out, kind, position, identity, crc);
      writeEmptyColumns(out, 'alert_event_intake', { timeMs: position.logTimeMs });
      return;
    }
    writePosition(out, 'action', position, identity, crc);
    const columns =
      event.kind === 'action'
        ? columnsOfAction(event.event, position.logTimeMs)
        : columnsOfSilence(event.event, position.logTimeMs);
    writeColumns(out, { ...columns, messageKey });
  });
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
  /** Times in ms since 1970. */
  readonly at: number;
  readonly startsAt: number;
  readonly endsAt: number;
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
    startsAt: Date.parse(startsAt),
    endsAt: Date.parse(endsAt),
  };
}

/** Times of the deed are moved to the arrival where the engine can't file them; limits of silences stay as asked for. */
function time(text: string, logTimeMs: number): number {
  return filedTime(Date.parse(text), logTimeMs).ms;
}

function writeColumns(out: RowBytes, row: Columns): void {
  out.text(row.messageKey);
  out.text(row.eventId);
  out.text(row.alertId);
  out.text(row.fingerprint);
  out.text(row.source);
  out.text(row.rule);
  // rule_version
  out.uint32(0);
  out.uint8(row.severity);
  out.text(row.tenantId);
  out.text(row.lane);
  out.text(row.keyId);
  writeEmptyTexts(out, 'window', 'title', 'sentence');
  // occurred_at, detected_at
  out.time(row.at);
  out.time(row.at);
  // historical
  out.uint8(0);
  writeEmptyTexts(out, 'facts', 'first_event_id', 'last_event_id');
  out.text(row.owner);
  writeEmptyTexts(out, 'owner_email', 'owner_team', 'data', 'query');
  out.text(row.action);
  out.text(row.silenceId);
  out.text(row.actor);
  out.text(row.why);
  out.time(row.at);
  out.time(row.startsAt);
  out.time(row.endsAt);
}
