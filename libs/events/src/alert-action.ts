import { z } from 'zod';
import { SEVERITIES, type Alert, type Severity } from './alert-event.js';
import { CLOUDEVENTS_JSON, type OutgoingMessage } from './encode.js';
import { compile } from './validators.js';

/** What a person does about one alert, by the name it has everywhere but on the wire. */
export const ALERT_ACTIONS = ['acknowledged', 'resolved', 'reopened', 'commented'] as const;
export type AlertActionName = (typeof ALERT_ACTIONS)[number];

/** `keywatch.alert.acknowledged.v1` and so on. */
export function alertActionType(action: AlertActionName): string {
  return `keywatch.alert.${action}.v1`;
}

/** Limits of what people write, in characters. */
export const MAX_ACTOR = 256;
export const MAX_WHY = 2000;

export const ACTOR = z.string().min(1).max(MAX_ACTOR);
export const WHY = z.string().min(1).max(MAX_WHY);
export const ID_OF_32_DIGITS = z.string().regex(/^[0-9a-f]{32}$/);
const iso = z.iso.datetime({ offset: true });

/** Somebody did something about an alert. */
export const ALERT_ACTION = z.strictObject({
  alertId: ID_OF_32_DIGITS,
  fingerprint: ID_OF_32_DIGITS.describe(
    "The alert's: keeps the action behind the alert's tellings",
  ),
  rule: z.string().min(1).max(64),
  tenantId: z.string().min(1).max(128),
  lane: z.string().min(1).max(128),
  keyId: z.string().min(1).max(256),
  severity: z
    .enum(SEVERITIES)
    .describe(
      'Severity of the alert when it was done: a more severe telling opens the alert again',
    ),
  by: ACTOR.describe('Who did it'),
  at: iso.describe('When it was done'),
  why: WHY.describe('Why, or the comment itself'),
});
export type AlertAction = z.output<typeof ALERT_ACTION>;

export interface AlertActionEvent {
  /** Unique among the actions of one source; the same again is the same action. */
  readonly id: string;
  /** App that took the action in: `api`. */
  readonly source: string;
  readonly action: AlertActionName;
  readonly data: AlertAction;
}

export const validateAlertAction = compile(ALERT_ACTION);

const ACTION_OF_TYPE: ReadonlyMap<string, AlertActionName> = new Map(
  ALERT_ACTIONS.map((action) => [alertActionType(action), action]),
);

/** undefined: the type is none of an action on an alert. */
export function alertActionOf(type: string): AlertActionName | undefined {
  return ACTION_OF_TYPE.get(type);
}

/** What an action says of the alert it is about. */
export function alertReference(
  alert: Pick<Alert, 'alertId' | 'fingerprint' | 'rule' | 'tenantId' | 'lane' | 'keyId'>,
  severity: Severity,
): Omit<AlertAction, 'by' | 'at' | 'why'> {
  const { alertId, fingerprint, rule, tenantId, lane, keyId } = alert;
  return { alertId, fingerprint, rule, tenantId, lane, keyId, severity };
}

/** Keyed by fingerprint, as the tellings are: what is done about an alert stays behind what was told of it. */
export function encodeAlertAction({ id, source, action, data }: AlertActionEvent): OutgoingMessage {
  return {
    key: data.fingerprint,
    value: JSON.stringify({
      specversion: '1.0',
      id,
      source,
      type: alertActionType(action),
      subject: data.alertId,
      time: data.at,
      tenantid: data.tenantId,
      lane: data.lane,
      data,
    }),
    headers: { 'content-type': CLOUDEVENTS_JSON },
  };
}
