import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { AlertStatus } from '@keywatch/alerting';
import {
  ALERT_ACTION,
  alertReference,
  encodeAlertAction,
  type AlertActionName,
} from '@keywatch/events';
import { Clock } from '@keywatch/platform';
import { z } from 'zod';
import { asked } from '../http/json-body.js';
import { ApiMetrics } from '../http/metrics.js';
import { appended } from '../ports/appended.js';
import { EventLog } from '../ports/event-log.js';
import { AlertDetailService, type FoundAlert } from './alert-detail.service.js';

/** Names what was asked for, so that asking again is the same. */
export const ASKERS_ID = z
  .string()
  .regex(/^[\w.:-]{1,64}$/, 'must be 1 to 64 letters, digits or . : _ -')
  .describe('Of your own: the same again is the same deed');

/** What a request to acknowledge, resolve, reopen or comment holds. */
export const DEED = ALERT_ACTION.pick({ by: true, why: true }).extend({ id: ASKERS_ID.optional() });

/** The words of the addresses, and what they make of an alert. */
export const VERBS = {
  acknowledge: 'acknowledged',
  resolve: 'resolved',
  reopen: 'reopened',
  comment: 'commented',
} as const satisfies Record<string, AlertActionName>;
export type Verb = keyof typeof VERBS;

export interface ActionAnswer {
  readonly alertId: string;
  readonly action: AlertActionName;
  /** false: nothing was recorded now, because the alert was so already or the same deed was recorded before. */
  readonly recorded: boolean;
  /** Id of the event that records it; null: there is none. */
  readonly eventId: string | null;
  readonly at: string | null;
  /** In words. */
  readonly detail: string;
}

/** Takes in what people do about alerts. They stand on the log first: what is answered with 202 is not lost. */
@Injectable()
export class AlertActionsService {
  constructor(
    private readonly alerts: AlertDetailService,
    private readonly eventLog: EventLog,
    private readonly clock: Clock,
    private readonly metrics: ApiMetrics,
  ) {}

  /** @throws ProblemError 400 with every problem, 404, 503 where the log has not acknowledged */
  async act(id: string, verb: Verb, body: unknown, signal: AbortSignal): Promise<ActionAnswer> {
    const { by, why, id: given } = asked(DEED, body);
    const alert = await this.alerts.find(id, signal);
    const { alertId } = alert;
    const action = VERBS[verb];
    const eventId = `${action}:${alertId}:${given ?? randomUUID()}`;
    const before =
      given === undefined ? undefined : await this.alerts.action(alertId, eventId, signal);
    if (before !== undefined) {
      const detail = `This was recorded before: ${action} by ${before.by} at ${before.at}.`;
      return { alertId, action, recorded: false, eventId, at: before.at, detail };
    }
    const already = alreadySo(alert, action);
    if (already !== undefined) {
      return { alertId, action, recorded: false, eventId: null, at: null, detail: already };
    }
    const at = new Date(this.clock.now()).toISOString();
    const data = { ...alertReference(alert, alert.severity), by, at, why };
    const message = encodeAlertAction({ id: eventId, source: 'api', action, data });
    await appended(this.eventLog, 'alertEvents', [message], this.metrics);
    const detail = `The alert is ${action} by ${by}.`;
    return { alertId, action, recorded: true, eventId, at, detail };
  }
}

const STATUS_AFTER: Readonly<Record<Exclude<AlertActionName, 'commented'>, AlertStatus>> = {
  acknowledged: 'acknowledged',
  resolved: 'resolved',
  reopened: 'open',
};

/** Why there is nothing to do, in words; undefined: there is. */
function alreadySo(alert: FoundAlert, action: AlertActionName): string | undefined {
  const { status, acknowledgedBy, acknowledgedAt, resolvedBy, resolvedAt } = alert;
  if (action === 'commented') return undefined;
  // Who works through a list late must not take back what a colleague has settled.
  const settled = action === 'acknowledged' && status === 'resolved';
  if (status !== STATUS_AFTER[action] && !settled) return undefined;
  if (status === 'open') return 'The alert is open already.';
  const [who, when] =
    status === 'resolved' ? [resolvedBy, resolvedAt] : [acknowledgedBy, acknowledgedAt];
  return `The alert is ${status} already, by ${who} at ${when ?? 'an unknown time'}${settled ? '; reopen it first' : ''}.`;
}
