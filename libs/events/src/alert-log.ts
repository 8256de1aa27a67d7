import {
  alertActionOf,
  validateAlertAction,
  type AlertActionEvent,
  type AlertActionName,
} from './alert-action.js';
import { decodeAlertEvent, type AlertEvent } from './alert-event.js';
import type { LogMessage } from './decode.js';
import { deadLetter, type Decoded } from './outcome.js';
import {
  SILENCE_CREATED,
  SILENCE_ENDED,
  silenceProblems,
  validateSilence,
  validateSilenceEnd,
  type SilenceEvent,
} from './silence-event.js';
import { problemOf } from './validators.js';

/** What stands on the alert-events topic about alerts: what was told, and what people did. */
export type AlertLogEvent =
  | { readonly kind: 'telling'; readonly event: AlertEvent }
  | { readonly kind: 'action'; readonly event: AlertActionEvent }
  | { readonly kind: 'silence'; readonly event: SilenceEvent };

interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly data: unknown;
}

/** Reads a message of the alert-events topic, whatever it is. Types it doesn't know are dropped. */
export function decodeAlertLogEvent(message: LogMessage): Decoded<AlertLogEvent> {
  const telling = decodeAlertEvent(message);
  if (telling.kind === 'ok')
    return { kind: 'ok', event: { kind: 'telling', event: telling.event } };
  // A dead letter, or of another type: only then is it worth another look.
  if (telling.kind === 'dead-letter') return telling;
  const envelope = JSON.parse(message.value?.toString('utf8') ?? '') as Envelope;
  const action = alertActionOf(envelope.type);
  if (action !== undefined) return decodedAction(envelope, action);
  if (envelope.type === SILENCE_CREATED) return decodedSilence(envelope);
  if (envelope.type === SILENCE_ENDED) return decodedSilenceEnd(envelope);
  return telling;
}

/** Tenant of an event; empty: a silence that covers several. */
export function tenantOfAlertLogEvent({ kind, event }: AlertLogEvent): string {
  switch (kind) {
    case 'telling':
      return event.alert.tenantId;
    case 'action':
      return event.data.tenantId;
    case 'silence':
      return event.kind === 'created' ? (event.data.matchers.tenantId ?? '') : '';
  }
}

function decodedAction(
  { id, source, data }: Envelope,
  action: AlertActionName,
): Decoded<AlertLogEvent> {
  if (!validateAlertAction(data))
    return deadLetter('invalid-data', problemOf(validateAlertAction, 'data'));
  return { kind: 'ok', event: { kind: 'action', event: { id, source, action, data } } };
}

function decodedSilence({ id, source, data }: Envelope): Decoded<AlertLogEvent> {
  if (!validateSilence(data)) return deadLetter('invalid-data', problemOf(validateSilence, 'data'));
  const [problem] = silenceProblems(data);
  if (problem !== undefined) return deadLetter('invalid-data', problem);
  return { kind: 'ok', event: { kind: 'silence', event: { id, source, kind: 'created', data } } };
}

function decodedSilenceEnd({ id, source, data }: Envelope): Decoded<AlertLogEvent> {
  if (!validateSilenceEnd(data))
    return deadLetter('invalid-data', problemOf(validateSilenceEnd, 'data'));
  return { kind: 'ok', event: { kind: 'silence', event: { id, source, kind: 'ended', data } } };
}
