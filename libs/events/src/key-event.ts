import { z } from 'zod';

/** Lane of traffic as it happens; every import of old logs is a lane of its own, named by the import. */
export const LIVE_LANE = 'live';
/** Tenant of an event that names none. */
export const DEFAULT_TENANT = 'default';

const name = (max: number): z.ZodString => z.string().min(1).max(max);
const text = (max: number): z.ZodString => z.string().max(max);
const timestamp = z.iso.datetime({ offset: true });
const actor = text(512).describe('Who did it: a user, role or service');

const owner = z
  .looseObject({
    id: text(512).optional(),
    email: text(512).optional(),
    team: text(512).optional(),
  })
  .describe('Who answers for the key');

/** The outcome of a request as the gateway decided it. */
export const OUTCOMES = [
  'allowed',
  'invalid-key',
  'revoked-key',
  'rate-limited',
  'forbidden',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

const stateChange = z.looseObject({
  by: actor.optional(),
  reason: text(1024).optional(),
});

/** `data` of each type of key event. Members that aren't listed are kept as attributes. */
export const KEY_EVENT_DATA = {
  'keywatch.key.created.v1': z.looseObject({
    owner: owner.optional(),
    name: text(512).optional(),
    plan: text(64).optional().describe('Contract plan, for example free, pro, enterprise'),
    environment: text(256).optional().describe('Home environment of the key'),
    allowedEnvironments: z.array(text(256)).max(64).optional(),
    kind: z.enum(['long-term', 'temporary']).optional(),
    scopes: z.array(text(256)).max(256).optional(),
    expiresAt: timestamp.optional(),
    createdBy: actor.optional(),
    tags: z
      .unknown()
      .optional()
      .describe(
        'A list of words that detection goes by, for example quarterly-job; any other form is kept and not looked at',
      ),
  }),
  'keywatch.key.rotated.v1': z.looseObject({
    secretVersion: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .optional()
      .describe('Version of the new secret'),
    previousVersion: z.int().min(0).max(4_294_967_295).optional(),
    graceEndsAt: timestamp.optional().describe('Until when the previous secret still works'),
    rotatedBy: actor.optional(),
    reason: text(1024).optional(),
  }),
  'keywatch.key.revoked.v1': stateChange,
  'keywatch.key.disabled.v1': stateChange,
  'keywatch.key.enabled.v1': stateChange,
  'keywatch.key.request-made.v1': z.looseObject({
    requestId: text(256).optional(),
    secretVersion: z.int().min(0).max(4_294_967_295).optional(),
    environment: text(256)
      .optional()
      .describe('Environment the request came from; missing: unknown'),
    sourceIp: text(256).optional().describe('Address as text; may be the name of a service'),
    userAgent: text(4096).optional(),
    method: text(32).optional(),
    endpoint: text(2048).optional().describe('Route template, not the concrete path'),
    status: z.int().min(0).max(999).optional().describe('HTTP status'),
    latencyMs: z.number().min(0).max(4_294_967_295).optional().describe('Milliseconds'),
    bytesOut: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe('Bytes'),
    region: text(128).optional(),
    outcome: z.enum(OUTCOMES).optional(),
  }),
  'keywatch.key.leak-reported.v1': z.looseObject({
    reporter: text(512).optional(),
    url: text(4096).optional(),
    exposedAt: timestamp.optional(),
    fingerprint: text(512).optional(),
  }),
} as const;

export type KeyEventType = keyof typeof KEY_EVENT_DATA;
export type KeyEventData<T extends KeyEventType> = z.output<(typeof KEY_EVENT_DATA)[T]>;

export const KEY_EVENT_TYPES = Object.keys(KEY_EVENT_DATA) as readonly KeyEventType[];
export const REQUEST_MADE = 'keywatch.key.request-made.v1';

/** The envelope without `data`: the CloudEvents 1.0 attributes and our extensions. */
export const ENVELOPE = z.looseObject({
  specversion: z.literal('1.0'),
  id: name(256).describe("Producer's id, unique within source"),
  source: name(512).describe('URI reference of the producer'),
  type: name(128),
  subject: name(256).describe('Key id: the public name of the key, never its secret'),
  time: text(64).optional().describe("RFC 3339; missing: Kafka's arrival time, flagged"),
  datacontenttype: text(128).optional(),
  tenantid: name(128).optional().describe(`Missing: ${DEFAULT_TENANT}`),
  lane: name(128).optional().describe(`Missing: ${LIVE_LANE}`),
  traceparent: text(128).optional(),
});

interface KeyEventOf<T extends KeyEventType> {
  readonly type: T;
  readonly id: string;
  readonly source: string;
  readonly tenantId: string;
  readonly lane: string;
  readonly keyId: string;
  /** Event time as it came; empty where the event has none. */
  readonly timeText: string;
  /** Event time in ms since 1970; NaN where the event has none. */
  readonly timeMs: number;
  readonly traceparent: string;
  readonly data: KeyEventData<T>;
  /** Unknown members of `data` and unknown envelope attributes, as they came; undefined where there are none. */
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
}

/** One thing that happened to a key, decoded and checked. The discriminant is `type`. */
export type KeyEvent = { [T in KeyEventType]: KeyEventOf<T> }[KeyEventType];
export type RequestMade = Extract<KeyEvent, { type: typeof REQUEST_MADE }>;
export type LifecycleEvent = Exclude<KeyEvent, RequestMade>;
