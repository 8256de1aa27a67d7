import type { Alert, Silence, SilenceEnd, SilenceEvent, SilenceMatchers } from '@keywatch/events';
import { severityRank } from './severities.js';

/** What is known of one silence. Its end may be known before its beginning. */
export interface SilenceRecord {
  readonly created?: Silence & { readonly eventId: string };
  /** The first end that was asked for. */
  readonly ended?: SilenceEnd & { readonly eventId: string };
}

/**
 * The record with one more event. In any order, and however often one comes, the same events give the same: of several
 * beginnings the last by (time, event id) counts, of several ends the first.
 */
export function withSilenceEvent(record: SilenceRecord, event: SilenceEvent): SilenceRecord {
  if (event.kind === 'created') {
    const created = { ...event.data, eventId: event.id };
    const { created: before } = record;
    return before === undefined || isBefore(before, created) ? { ...record, created } : record;
  }
  const ended = { ...event.data, eventId: event.id };
  const { ended: before } = record;
  return before === undefined || isBefore(ended, before) ? { ...record, ended } : record;
}

/** Moment in ms at which the silence is over, by itself or because somebody ended it; undefined: none was created. */
export function silentUntilMs({ created, ended }: SilenceRecord): number | undefined {
  if (created === undefined) return undefined;
  const byItself = Date.parse(created.endsAt);
  return ended === undefined ? byItself : Math.min(byItself, Date.parse(ended.at));
}

export type SilenceStatus = 'coming' | 'active' | 'over';

/** undefined: none was created. */
export function silenceStatus(record: SilenceRecord, atMs: number): SilenceStatus | undefined {
  const untilMs = silentUntilMs(record);
  if (record.created === undefined || untilMs === undefined) return undefined;
  if (atMs >= untilMs) return 'over';
  return atMs < Date.parse(record.created.startsAt) ? 'coming' : 'active';
}

/** What of an alert a silence looks at. */
export type SilenceSubject = Pick<
  Alert,
  'rule' | 'tenantId' | 'keyId' | 'lane' | 'severity' | 'owner'
>;

/** Whether every matcher that is given fits the alert. */
export function covers(matchers: SilenceMatchers, alert: SilenceSubject): boolean {
  const { rule, tenantId, keyId, lane, owner, severityAtMost } = matchers;
  return (
    fits(rule, alert.rule) &&
    fits(tenantId, alert.tenantId) &&
    fits(keyId, alert.keyId) &&
    fits(lane, alert.lane) &&
    (owner === undefined || ownerNames(alert).includes(owner)) &&
    (severityAtMost === undefined || severityRank(alert.severity) <= severityRank(severityAtMost))
  );
}

/** The silences that hold at a moment and cover the alert. */
export function silencesOver(
  alert: SilenceSubject,
  records: Iterable<SilenceRecord>,
  atMs: number,
): Silence[] {
  const found: Silence[] = [];
  for (const record of records) {
    const { created } = record;
    if (created === undefined || !covers(created.matchers, alert)) continue;
    if (silenceStatus(record, atMs) === 'active') found.push(created);
  }
  return found;
}

function fits(wanted: string | undefined, value: string): boolean {
  return wanted === undefined || wanted === value;
}

function ownerNames({ owner }: SilenceSubject): string[] {
  return owner === undefined ? [] : [owner.id, owner.email, owner.team];
}

function isBefore(
  one: { readonly at: string; readonly eventId: string },
  other: { readonly at: string; readonly eventId: string },
): boolean {
  const ms = Date.parse(one.at) - Date.parse(other.at);
  return ms === 0 ? one.eventId < other.eventId : ms < 0;
}
