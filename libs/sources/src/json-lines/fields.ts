import {
  KEY_EVENT_DATA,
  KEY_EVENT_TYPES,
  OUTCOMES,
  REQUEST_MADE,
  type KeyEventType,
} from '@keywatch/events';
import { textAt } from '../members.js';
import { logTime, type TimeFormat } from '../settings/log-time.js';

/** The short name of a type of event: `request-made` for keywatch.key.request-made.v1. */
export const TYPE_NAMES: ReadonlyMap<string, KeyEventType> = new Map(
  KEY_EVENT_TYPES.map((type) => [type.split('.')[2] ?? '', type]),
);

/** A member of an event's data that a mapping may fill. */
interface Field {
  /** What its value must be, for the sentence about one that isn't. */
  readonly is: string;
  /** undefined: it is not that. */
  readonly take: (value: unknown, format: TimeFormat) => unknown;
}

const text = (max: number): Field => ({
  is: 'text',
  take: (value) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? textAt({ text: String(value) }, max, 'text')
      : undefined,
});
const number = (max: number, whole: boolean): Field => ({
  is: whole ? `a whole number from 0 to ${max}` : `a number from 0 to ${max}`,
  take: (value) => {
    if (typeof value === 'string' && !/^\d+(?:\.\d+)?$/.test(value)) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    const n = Number(value);
    return n >= 0 && n <= max && (!whole || Number.isInteger(n)) ? n : undefined;
  },
});
const oneOf = (...values: readonly string[]): Field => ({
  is: `one of ${values.join(', ')}`,
  take: (value) => (values.some((known) => known === value) ? value : undefined),
});
const time: Field = { is: 'a time in the form of the mapping', take: logTime };
const list = (items: number): Field => ({
  is: `a list of at most ${items} texts`,
  take: (value) =>
    Array.isArray(value) && value.length <= items && value.every((item) => typeof item === 'string')
      ? value.map((item) => textAt({ text: item }, 256, 'text') ?? '')
      : undefined,
});
const VERSION = number(4_294_967_295, true);
const CHANGE = { by: text(512), reason: text(1024) };

/** Members of each type's data; the owner's by `owner.id`. Limits are those of the event contract. */
export const FIELDS: Readonly<Record<KeyEventType, Readonly<Record<string, Field>>>> = {
  [REQUEST_MADE]: {
    requestId: text(256),
    secretVersion: VERSION,
    environment: text(256),
    sourceIp: text(256),
    userAgent: text(4096),
    method: text(32),
    endpoint: text(2048),
    status: number(999, true),
    latencyMs: number(4_294_967_295, false),
    bytesOut: number(Number.MAX_SAFE_INTEGER, true),
    region: text(128),
    outcome: oneOf(...OUTCOMES),
  },
  'keywatch.key.created.v1': {
    'owner.id': text(512),
    'owner.email': text(512),
    'owner.team': text(512),
    name: text(512),
    plan: text(64),
    environment: text(256),
    allowedEnvironments: list(64),
    kind: oneOf('long-term', 'temporary'),
    scopes: list(256),
    tags: list(32),
    expiresAt: time,
    createdBy: text(512),
  },
  'keywatch.key.rotated.v1': {
    secretVersion: VERSION,
    previousVersion: VERSION,
    graceEndsAt: time,
    rotatedBy: text(512),
    reason: text(1024),
  },
  'keywatch.key.revoked.v1': CHANGE,
  'keywatch.key.disabled.v1': CHANGE,
  'keywatch.key.enabled.v1': CHANGE,
  'keywatch.key.leak-reported.v1': {
    reporter: text(512),
    url: text(4096),
    exposedAt: time,
    fingerprint: text(512),
  },
};

/** Every member that some type has. */
export const FIELD_NAMES: readonly string[] = [
  ...new Set(Object.values(FIELDS).flatMap((fields) => Object.keys(fields))),
];

/** Members of the contract that no mapping can fill; a spec keeps it empty. */
export function unmappedMembers(): string[] {
  return KEY_EVENT_TYPES.flatMap((type) =>
    Object.keys(KEY_EVENT_DATA[type].shape).filter(
      (member) => !Object.keys(FIELDS[type]).some((field) => field.split('.')[0] === member),
    ),
  );
}
