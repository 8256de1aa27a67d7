import type { Notification } from '@keywatch/channels';
import { SEVERITIES, type Alert, type Severity } from '@keywatch/events';

export type Skip = 'historical' | 'too-old' | 'already-told';

/** What was told through one channel: per alert (or notice) its highest severity. Bounded: the oldest are forgotten. */
export class Told {
  private readonly highest = new Map<string, number>();

  constructor(private readonly capacity = 200_000) {}

  add(id: string, severity: Severity): void {
    const rank = Math.max(SEVERITIES.indexOf(severity), this.highest.get(id) ?? -1);
    this.highest.delete(id);
    this.highest.set(id, rank);
    if (this.highest.size > this.capacity) {
      const [oldest] = this.highest.keys();
      if (oldest !== undefined) this.highest.delete(oldest);
    }
  }

  has(id: string, severity: Severity): boolean {
    return (this.highest.get(id) ?? -1) >= SEVERITIES.indexOf(severity);
  }
}

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
  const ranks = alertsOf(notification).map(({ severity }) => SEVERITIES.indexOf(severity));
  return SEVERITIES[Math.max(...ranks)] ?? 'info';
}

/**
 * Why nobody is told, or undefined. Alerts from imports of old logs page nobody; neither do alerts detected longer ago
 * than `maxAgeMs` (a monitor that was off for a month shall not flood its people); a telling whose evidence only grew
 * is not told again unless it became more severe.
 */
export function skipOf(
  notification: Notification,
  told: Told,
  nowMs: number,
  maxAgeMs: number,
): Skip | undefined {
  const alerts = alertsOf(notification);
  if (alerts.every(({ historical }) => historical)) return 'historical';
  if (alerts.every(({ detectedAt }) => Date.parse(detectedAt) < nowMs - maxAgeMs)) return 'too-old';
  return told.has(toldId(notification), severityOf(notification)) ? 'already-told' : undefined;
}
