import {
  decodeKeyEvent,
  DEFAULT_TENANT,
  encodeKeyEvent,
  KEY_EVENT_DATA,
  LIVE_LANE,
  type KeyEvent,
  type KeyEventType,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { z } from 'zod';
import { nearest } from '../policy/nearest.js';

const TYPES = {
  created: 'keywatch.key.created.v1',
  rotated: 'keywatch.key.rotated.v1',
  revoked: 'keywatch.key.revoked.v1',
  disabled: 'keywatch.key.disabled.v1',
  enabled: 'keywatch.key.enabled.v1',
  used: 'keywatch.key.request-made.v1',
  'leak-reported': 'keywatch.key.leak-reported.v1',
} as const satisfies Record<string, KeyEventType>;
type Kind = keyof typeof TYPES;

/** A time as people write it. */
export const MOMENT = z.string().refine((text) => !Number.isNaN(Date.parse(text)), {
  error: 'must be a time such as 2026-03-01T10:00Z',
});
const said = z.looseObject({
  at: MOMENT.describe('When it happened'),
  arrives: MOMENT.optional().describe('When the log got it; default: a second later'),
  key: z.string().min(1).default('key-1'),
  tenant: z.string().min(1).default(DEFAULT_TENANT),
  lane: z.string().min(1).default(LIVE_LANE),
  id: z.string().min(1).optional(),
  repeat: z
    .int()
    .min(1)
    .max(10_000)
    .default(1)
    .describe('So many of them; {n} in their texts is the number, from 1'),
  every: z.int().min(0).default(1).describe('Seconds between two of them'),
});
const OWN_MEMBERS = Object.keys(said.shape);

/** One event in short: `used: {at: 2026-03-01T10:00Z, environment: production}`. Other members are its data. */
export const CASE_EVENT = z
  .strictObject(
    Object.fromEntries(Object.keys(TYPES).map((kind) => [kind, said.optional()])) as Record<
      Kind,
      z.ZodOptional<typeof said>
    >,
  )
  .refine((event) => Object.keys(event).length === 1, {
    error: `must name one event: ${Object.keys(TYPES).join(', ')}`,
  });
export type CaseEvent = z.output<typeof CASE_EVENT>;

/** An event and when the log got it, in ms. */
export interface Arrived {
  readonly event: KeyEvent;
  readonly logTimeMs: number;
}

/** What the short form stands for. */
export interface Written {
  readonly arrived: readonly Arrived[];
  /** Why it is no event that the log would take, by member; empty: it is one. */
  readonly problems: readonly { readonly path: readonly string[]; readonly message: string }[];
}

/** The events that the short form stands for, read as from the log. `nextId` gives each an id of its own. */
export function eventsOf(given: CaseEvent, nextId: () => string): Written {
  const arrived: Arrived[] = [];
  const problems = new Map<string, Written['problems'][number]>();
  for (const [kind, one] of Object.entries(given)) {
    if (one === undefined) continue;
    const type = TYPES[kind as Kind];
    for (const misspelt of misspeltMembers(one, type)) {
      problems.set(misspelt.message, { ...misspelt, path: [kind, ...misspelt.path] });
    }
    const { at, arrives, repeat, every } = one;
    for (let i = 0; i < repeat; i += 1) {
      const timeMs = Date.parse(at) + i * every * 1000;
      const named = repeat === 1 ? one : (numbered(one, i + 1) as typeof one);
      const decoded = read(named, type, timeMs, nextId(), repeat === 1 ? '' : `-${i}`);
      if (decoded.kind === 'ok') {
        const logTimeMs = arrives === undefined ? timeMs + 1000 : Date.parse(arrives);
        arrived.push({ event: decoded.event, logTimeMs });
      } else if (decoded.kind === 'dead-letter') {
        const message = `would be a dead letter (${decoded.reason}): ${decoded.error}`;
        problems.set(message, { path: [kind], message });
      }
    }
  }
  return { arrived, problems: [...problems.values()] };
}

/** The way of the log: encoded as a producer does, decoded as ingest and detect do. */
function read(
  one: Said,
  type: KeyEventType,
  timeMs: number,
  own: string,
  suffix: string,
): ReturnType<typeof decodeKeyEvent> {
  const { id, key, tenant, lane } = one;
  const data = Object.entries(one).filter(([name]) => !OWN_MEMBERS.includes(name));
  const outgoing = {
    id: id === undefined ? own : `${id}${suffix}`,
    source: '/cases',
    type,
    subject: key,
    time: new Date(timeMs).toISOString(),
    tenantid: tenant,
    lane,
    data: Object.fromEntries(data) as OutgoingKeyEvent['data'],
  };
  return decodeKeyEvent({ value: Buffer.from(encodeKeyEvent(outgoing).value) });
}
type Said = z.output<typeof said>;

/** The texts of a repeated event, each with its number in place of `{n}`. */
function numbered(value: unknown, n: number): unknown {
  if (typeof value === 'string') return value.replaceAll('{n}', String(n));
  if (Array.isArray(value)) return value.map((one) => numbered(one, n));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, numbered(one, n)] as const),
  );
}

/** Members of no known name are kept as attributes; one that is nearly a known name would make a case that proves nothing. */
function misspeltMembers(one: Said, type: KeyEventType): Written['problems'] {
  const known = [...Object.keys(KEY_EVENT_DATA[type].shape), ...OWN_MEMBERS];
  return Object.keys(one)
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const hint = nearest(name, known);
      return hint === '' ? [] : [{ path: [name], message: `nobody looks at "${name}"${hint}` }];
    });
}
