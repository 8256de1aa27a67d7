import type { Notification } from '@keywatch/channels';
import { severityRank } from '@keywatch/alerting';
import { SEVERITIES, type Alert, type Severity } from '@keywatch/events';
import type { People } from './people.js';
import type { Told } from './told.js';

/** In this order: of several reasons the first is given. */
export const SKIPS = ['historical', 'too-old', 'already-told', 'silenced', 'acknowledged'] as const;
export type Skip = (typeof SKIPS)[number];

/** An alert that people want to hear nothing of now. */
export interface LeftOut {
  readonly alertId: string;
  readonly reason: 'silenced' | 'acknowledged';
  /** Who wanted it so, and why. */
  readonly by: string;
  readonly why: string;
  readonly silenceId?: string;
}

export type Judgement =
  | {
      readonly kind: 'tell';
      /** What is left of it to tell. */
      readonly notification: Notification;
      readonly leftOut: readonly LeftOut[];
    }
  | { readonly kind: 'skip'; readonly reason: Skip; readonly leftOut: readonly LeftOut[] };

/** Id under which a notification counts as told: of an alert all its tellings share it. */
export function toldId(notification: Notification): string {
  return notification.kind === 'alert'
    ? notification.event.alert.alertId
    : notification.notice.noticeId;
}

/** The alerts that a notification speaks of. */
export function alertsOf(notification: Notification): readonly Alert[] {
  return notification.kind === 'alert' ? [notification.event.alert] : notification.notice.alerts;
}

/** Highest severity among the alerts of a notification. */
export function severityOf(notification: Notification): Severity {
  const ranks = alertsOf(notification).map(({ severity }) => severityRank(severity));
  return SEVERITIES[Math.max(...ranks)] ?? 'info';
}

/**
 * Why nobody is told, whatever people want, or undefined. Alerts from imports of old logs page nobody; neither do alerts
 * detected longer ago than `maxAgeMs` (a monitor that was off for a month shall not flood its people).
 */
export function ageSkip(
  notification: Notification,
  nowMs: number,
  maxAgeMs: number,
): 'historical' | 'too-old' | undefined {
  const alerts = alertsOf(notification);
  if (alerts.every(({ historical }) => historical)) return 'historical';
  return alerts.every(({ detectedAt }) => Date.parse(detectedAt) < nowMs - maxAgeMs)
    ? 'too-old'
    : undefined;
}

/**
 * What is told of a notification. A telling whose evidence only grew is not told again unless it became more severe, or
 * somebody has reopened the alert before it. Alerts under a silence that held when they were logged are left out, and
 * so are those that somebody acknowledged or resolved at this severity, whenever that was: who knows of an alert need
 * not be told. Of a notice to an owner the other alerts remain.
 * @param loggedMs log time of the notification
 */
export function judge(
  notification: Notification,
  loggedMs: number,
  people: People,
  told: Told,
): Judgement {
  if (isTold(notification, loggedMs, people, told))
    return { kind: 'skip', reason: 'already-told', leftOut: [] };
  const leftOut: LeftOut[] = [];
  const kept: Alert[] = [];
  for (const alert of alertsOf(notification)) {
    const out = leftOutOf(alert, loggedMs, people);
    if (out === undefined) kept.push(alert);
    else leftOut.push(out);
  }
  if (kept.length === 0) {
    const silenced = leftOut.some(({ reason }) => reason === 'silenced');
    return { kind: 'skip', reason: silenced ? 'silenced' : 'acknowledged', leftOut };
  }
  if (notification.kind === 'alert' || leftOut.length === 0)
    return { kind: 'tell', notification, leftOut };
  const rest: Notification = {
    kind: 'owner-notice',
    notice: { ...notification.notice, alerts: kept },
  };
  // A crash came after the rest was told: the rest may be less severe than the whole.
  return told.has(toldId(rest), severityOf(rest))
    ? { kind: 'skip', reason: 'already-told', leftOut }
    : { kind: 'tell', notification: rest, leftOut };
}

function isTold(notification: Notification, loggedMs: number, people: People, told: Told): boolean {
  return told.has(
    toldId(notification),
    severityOf(notification),
    notification.kind === 'alert'
      ? reopenedMs(notification.event.alert, loggedMs, people)
      : undefined,
  );
}

/** Moment from which tellings count as told: that of a reopening, where it came before this telling was logged. */
function reopenedMs(alert: Alert, loggedMs: number, people: People): number | undefined {
  const { status, since } = people.stateOf(alert);
  if (status !== 'open' || since === undefined) return undefined;
  const ms = Date.parse(since.at);
  return ms <= loggedMs ? ms : undefined;
}

function leftOutOf(alert: Alert, loggedMs: number, people: People): LeftOut | undefined {
  const { alertId } = alert;
  const [silence] = people.silencesOver(alert, loggedMs);
  if (silence !== undefined) {
    const { silenceId, by, why } = silence;
    return { alertId, reason: 'silenced', by, why, silenceId };
  }
  const { status, since } = people.stateOf(alert);
  return status === 'open' || since === undefined
    ? undefined
    : { alertId, reason: 'acknowledged', by: since.by, why: since.why };
}
