import { z } from 'zod';
import { compile, problemOf } from './validators.js';
import { CLOUDEVENTS_JSON, type OutgoingMessage } from './encode.js';
import { deadLetter, type Decoded } from './outcome.js';
import type { LogMessage } from './decode.js';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const ALERT_RAISED = 'keywatch.alert.raised.v1';

const hex = z.string().regex(/^[0-9a-f]{32}$/);
const iso = z.iso.datetime({ offset: true });

/**
 * What a person is told. Findings with one fingerprint and window are one alert: the id is a hash of rule, lane,
 * tenant, subject and window, so a replay of the same log gives the same ids.
 */
export const ALERT = z.strictObject({
  alertId: hex,
  fingerprint: hex.describe(
    'Hash of rule, tenant and subject: groups the alerts of one ongoing trouble',
  ),
  rule: z.string().min(1).max(64),
  ruleVersion: z.int().min(1),
  severity: z.enum(SEVERITIES),
  tenantId: z.string().min(1).max(128),
  lane: z.string().min(1).max(128),
  keyId: z.string().min(1).max(256),
  window: z.string().max(128).describe('What makes this alert one: a UTC day, a milestone, ...'),
  title: z.string().min(1).max(256),
  sentence: z.string().min(1).max(2048).describe('What happened, for a person'),
  occurredAt: iso.describe('Event time of what completed the finding'),
  detectedAt: iso.describe(
    'Log time of the event that completed the finding; as-of time of a sweep',
  ),
  historical: z.boolean().describe('From an import of old logs; pages nobody'),
  evidence: z.strictObject({
    facts: z.record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
    ),
    query: z
      .string()
      .max(8192)
      .optional()
      .describe('SQL over the views for people that gives the rows the finding rests on'),
    firstEventId: z.string().max(1024).optional(),
    lastEventId: z.string().max(1024).optional(),
  }),
  owner: z
    .strictObject({
      id: z.string().max(512),
      email: z.string().max(512),
      team: z.string().max(512),
    })
    .optional(),
});
export type Alert = z.output<typeof ALERT>;

const validateAlert = compile(ALERT);

/**
 * One telling of an alert. `revision` names the evidence (for a stream rule the position of the event that changed
 * it): a crash that derives the same finding again gives the same event identity, and readers keep one.
 */
export interface AlertEvent {
  /** `alertId:revision`. */
  readonly id: string;
  /** Name of the app that found it: `detect` or `sweep`. */
  readonly source: string;
  readonly alert: Alert;
}

/** Keyed by fingerprint: all tellings of one trouble stay in order. */
export function encodeAlertEvent(event: AlertEvent): OutgoingMessage {
  const { alert } = event;
  return {
    key: alert.fingerprint,
    value: JSON.stringify({
      specversion: '1.0',
      id: event.id,
      source: event.source,
      type: ALERT_RAISED,
      subject: alert.keyId,
      time: alert.occurredAt,
      tenantid: alert.tenantId,
      lane: alert.lane,
      data: alert,
    }),
    headers: { 'content-type': CLOUDEVENTS_JSON },
  };
}

/** Reads a message of the alert-events topic. Types it doesn't know are dropped: newer writers may add some. */
export function decodeAlertEvent(message: LogMessage): Decoded<AlertEvent> {
  if (message.value === null || message.value.length === 0)
    return deadLetter('empty', 'the message has no value');
  let json: unknown;
  try {
    json = JSON.parse(message.value.toString('utf8'));
  } catch {
    return deadLetter('not-json', 'the value is not JSON');
  }
  if (typeof json !== 'object' || json === null || !('specversion' in json)) {
    return deadLetter('not-a-cloudevent', 'no specversion in the JSON object');
  }
  const { id, source, type, data } = json as Record<string, unknown>;
  if (typeof id !== 'string' || typeof source !== 'string' || typeof type !== 'string') {
    return deadLetter('invalid-envelope', 'id, source and type must be text');
  }
  if (type !== ALERT_RAISED) return { kind: 'drop', reason: `type ${type.slice(0, 128)}` };
  if (!validateAlert(data)) return deadLetter('invalid-data', problemOf(validateAlert, 'data'));
  return { kind: 'ok', event: { id, source, alert: data } };
}
