import type { AlertEvent } from '@keywatch/events';
import { pipelineGap } from './pipeline-gap.check.js';
import { endedAlert, troubleAlert, troubleId } from './tellings.js';
import type { Verdict } from './trouble.js';

/** Alerts that are remembered as told; the oldest are forgotten, and would be told again with the same ids. */
const REMEMBERED = 10_000;

/**
 * Which troubles were told and not ended, as the log of alerts says it: what another member told, or this one before a
 * restart, is known.
 */
export class ToldTroubles {
  /** By subject and alert id: two members that look at the same moment may tell two alerts of one trouble. */
  private readonly open = new Map<string, Map<string, AlertEvent>>();
  private readonly told = new Set<string>();
  /** Subjects that this process has seen to be in trouble. */
  private readonly seen = new Set<string>();

  /** A telling that stands on the log of alerts, whose ever it is. */
  add(event: AlertEvent): void {
    const { rule, keyId, alertId, evidence } = event.alert;
    if (rule !== pipelineGap.id) return;
    if (evidence.facts['state'] !== 'open') this.end(keyId, alertId);
    else if (!this.told.has(alertId)) this.openOf(keyId).set(alertId, event);
    this.told.add(alertId);
    if (this.told.size > REMEMBERED) {
      const [oldest] = this.told;
      if (oldest !== undefined) this.told.delete(oldest);
    }
  }

  isOpen(subject: string): boolean {
    return this.open.has(subject);
  }

  /** Subjects of the troubles that go on, each with what was told of it. */
  get goingOn(): readonly (readonly [string, readonly AlertEvent[]])[] {
    return [...this.open].map(([subject, alerts]) => [subject, [...alerts.values()]]);
  }

  /** What is to be told of a verdict and wasn't yet. */
  tellingsOf({ subject, trouble, untilMs }: Verdict, nowMs: number): AlertEvent[] {
    const open = this.open.get(subject);
    if (open !== undefined) {
      if (untilMs !== undefined) {
        const isExact = this.seen.has(subject);
        return [...open.values()].map((event) => endedAlert(event, nowMs, untilMs, isExact));
      }
      if (trouble !== undefined) this.seen.add(subject);
      return [];
    }
    if (trouble === undefined || this.told.has(troubleId(subject, trouble))) return [];
    this.seen.add(subject);
    return [troubleAlert(subject, trouble, nowMs, untilMs)];
  }

  private openOf(subject: string): Map<string, AlertEvent> {
    const known = this.open.get(subject) ?? new Map<string, AlertEvent>();
    this.open.set(subject, known);
    return known;
  }

  private end(subject: string, alertId: string): void {
    const open = this.open.get(subject);
    open?.delete(alertId);
    if (open?.size !== 0) return;
    this.open.delete(subject);
    this.seen.delete(subject);
  }
}
