import {
  DEFAULT_TENANT,
  KEY_EVENT_DATA,
  LIVE_LANE,
  REQUEST_MADE,
  type KeyEvent,
  type KeyEventType,
  type Outcome,
} from './key-event.js';
import { deadLetter, type Decoded } from './outcome.js';
import { LINE_REJECTED, rejectedLine } from './rejected-line.js';
import { holdsSecretValue, secretMemberOf } from './secrets.js';
import { problemOf, validateData, validateEnvelope, type Envelope } from './validators.js';

/** A message as a log hands it out: what a decoder may look at. */
export interface LogMessage {
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, HeaderValue>> | undefined;
}
type HeaderValue = Buffer | string | (Buffer | string)[] | undefined;

/** Bytes; a larger message is a dead letter. Kafka's own default limit is 1 MB. */
export const MAX_MESSAGE_BYTES = 1_000_000;

const ENVELOPE_MEMBERS = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'tenantid',
  'lane',
  'traceparent',
  'data',
]);
const DATA_MEMBERS = new Map<string, ReadonlySet<string>>(
  Object.entries(KEY_EVENT_DATA).map(([type, schema]) => [
    type,
    new Set(Object.keys(schema.shape)),
  ]),
);

/** HTTP status that an outcome stands for where the event gives none. */
const STATUS_OF_OUTCOME: Readonly<Record<Outcome, number>> = {
  allowed: 200,
  'invalid-key': 401,
  'revoked-key': 401,
  'rate-limited': 429,
  forbidden: 403,
};

/**
 * Reads one message as a key event: CloudEvents 1.0 in binary mode (`ce_` headers) or structured mode (one JSON
 * value). Never throws: what can't be a key event is a dead letter.
 */
export function decodeKeyEvent(message: LogMessage): Decoded<KeyEvent> {
  const { value } = message;
  if (value === null || value.length === 0) return deadLetter('empty', 'the message has no value');
  if (value.length > MAX_MESSAGE_BYTES) {
    return deadLetter(
      'too-large',
      `the message has ${value.length} bytes; ${MAX_MESSAGE_BYTES} are allowed`,
    );
  }
  const text = value.toString('utf8');
  if (holdsSecretValue(text)) {
    return deadLetter(
      'secret-in-payload',
      'the message holds a token or private key; send the public key id only',
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return deadLetter('not-json', 'the value is not JSON');
  }
  const binary = message.headers?.['ce_specversion'] !== undefined;
  return decodeCloudEvent(binary ? { ...attributesOf(message.headers), data: json } : json);
}

/** Reads one parsed CloudEvent (`data` inside) as a key event. */
export function decodeCloudEvent(json: unknown): Decoded<KeyEvent> {
  if (typeof json !== 'object' || json === null || !('specversion' in json)) {
    return deadLetter(
      'not-a-cloudevent',
      'neither ce_specversion as a header nor specversion in a JSON object',
    );
  }
  if (!validateEnvelope(json))
    return deadLetter('invalid-envelope', problemOf(validateEnvelope, 'event'));
  const envelope: Envelope = json;
  if (envelope.type === LINE_REJECTED) {
    return rejectedLine((envelope['data'] ?? {}) as Record<string, unknown>);
  }
  const type = envelope.type as KeyEventType;
  const members = DATA_MEMBERS.get(type);
  if (members === undefined) {
    return deadLetter('unknown-type', `type is none of ${[...DATA_MEMBERS.keys()].join(', ')}`);
  }
  const data = (envelope['data'] ?? {}) as Record<string, unknown>;
  const validate = validateData[type];
  if (!validate(data)) return deadLetter('invalid-data', problemOf(validate, 'data'));
  let timeMs = Number.NaN;
  if (envelope.time !== undefined && envelope.time !== '') {
    timeMs = Date.parse(envelope.time);
    if (Number.isNaN(timeMs))
      return deadLetter('invalid-time', 'time is not an RFC 3339 timestamp');
  }
  const attributes = unknownMembers(envelope, data, members);
  // The listed members of a request are plain values; only others can carry a secret under its own name.
  const secret = secretMemberOf(type === REQUEST_MADE ? attributes : { ...data, ...attributes });
  if (secret !== undefined) {
    return deadLetter(
      'secret-in-payload',
      `the member ${secret} is named like a secret; send the public key id only`,
    );
  }
  const event = {
    type,
    id: envelope.id,
    source: envelope.source,
    tenantId: envelope.tenantid ?? DEFAULT_TENANT,
    lane: envelope.lane ?? LIVE_LANE,
    keyId: envelope.subject,
    timeText: envelope.time ?? '',
    timeMs,
    traceparent: envelope.traceparent ?? '',
    data,
    attributes,
  } as KeyEvent;
  if (
    event.type === REQUEST_MADE &&
    event.data.status === undefined &&
    event.data.outcome !== undefined
  ) {
    event.data.status = STATUS_OF_OUTCOME[event.data.outcome];
  }
  return { kind: 'ok', event };
}

type Attributes = Record<string, unknown> | undefined;

/** Members nobody declared, kept beside the event. */
function unknownMembers(
  envelope: Envelope,
  data: Record<string, unknown>,
  known: ReadonlySet<string>,
): Attributes {
  let attributes: Attributes;
  for (const member in data) {
    if (!known.has(member)) (attributes ??= {})[member] = data[member];
  }
  for (const member in envelope) {
    if (!ENVELOPE_MEMBERS.has(member)) (attributes ??= {})[member] = envelope[member];
  }
  return attributes;
}

function attributesOf(headers: LogMessage['headers']): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!name.startsWith('ce_')) continue;
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) attributes[name.slice(3)] = first.toString();
  }
  return attributes;
}
