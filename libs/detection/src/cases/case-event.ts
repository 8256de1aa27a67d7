import { DEFAULT_TENANT, LIVE_LANE, type KeyEvent } from '@keywatch/events';
import { z } from 'zod';

const TYPES = {
  created: 'keywatch.key.created.v1',
  rotated: 'keywatch.key.rotated.v1',
  revoked: 'keywatch.key.revoked.v1',
  disabled: 'keywatch.key.disabled.v1',
  enabled: 'keywatch.key.enabled.v1',
  used: 'keywatch.key.request-made.v1',
  'leak-reported': 'keywatch.key.leak-reported.v1',
} as const;
type Kind = keyof typeof TYPES;

const moment = z.string().refine((text) => !Number.isNaN(Date.parse(text)), {
  error: 'must be a time such as 2026-03-01T10:00Z',
});
const said = z.looseObject({
  at: moment.describe('When it happened'),
  arrives: moment.optional().describe('When the log got it; default: a second later'),
  key: z.string().min(1).default('key-1'),
  tenant: z.string().min(1).default(DEFAULT_TENANT),
  lane: z.string().min(1).default(LIVE_LANE),
  id: z.string().min(1).optional(),
  repeat: z.int().min(1).max(10_000).default(1).describe('So many of them'),
  every: z.int().min(0).default(1).describe('Seconds between two of them'),
});

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

/** An event and when the log got it, in ms. */
export interface Arrived {
  readonly event: KeyEvent;
  readonly logTimeMs: number;
}

/** The events that the short form stands for. `nextId` gives each an id of its own. */
export function eventsOf(given: z.output<typeof CASE_EVENT>, nextId: () => string): Arrived[] {
  return Object.entries(given).flatMap(([kind, one]) => {
    if (one === undefined) return [];
    const { at, arrives, key, tenant, lane, id, repeat, every, ...data } = one;
    return Array.from({ length: repeat }, (_, i) => {
      const timeMs = Date.parse(at) + i * every * 1000;
      const own = nextId();
      const event = {
        type: TYPES[kind as Kind],
        id: id === undefined ? own : repeat === 1 ? id : `${id}-${i}`,
        source: '/cases',
        tenantId: tenant,
        lane,
        keyId: key,
        timeText: new Date(timeMs).toISOString(),
        timeMs,
        traceparent: '',
        data,
        attributes: undefined,
      } as unknown as KeyEvent;
      const logTimeMs = arrives === undefined ? timeMs + 1000 : Date.parse(arrives);
      return { event, logTimeMs };
    });
  });
}
