import type { KeyEvent, KeyEventData, KeyEventType } from '@keywatch/events';

/** An event and when the log got it. */
export interface Arrival {
  readonly event: KeyEvent;
  readonly logTimeMs: number;
}

export interface When {
  /** Event time, for example `2026-03-01T10:00Z`; missing: the event has none. */
  readonly at?: string;
  /** Arrival in the log. Default: one second after `at`. */
  readonly arrives?: string;
  readonly id?: string;
  readonly key?: string;
  readonly tenant?: string;
  readonly lane?: string;
}

let made = 0;

/** Any key event, with an id of its own unless given one. */
export function arrival<T extends KeyEventType>(
  type: T,
  when: When,
  data: KeyEventData<T>,
): Arrival {
  made += 1;
  const timeMs = when.at === undefined ? Number.NaN : ms(when.at);
  const event = {
    type,
    id: when.id ?? `e${made}`,
    source: '/spec',
    tenantId: when.tenant ?? 'default',
    lane: when.lane ?? 'live',
    keyId: when.key ?? 'key-1',
    timeText: when.at ?? '',
    timeMs,
    traceparent: '',
    data,
    attributes: undefined,
  } as unknown as KeyEvent;
  if (when.arrives !== undefined) return { event, logTimeMs: ms(when.arrives) };
  if (Number.isNaN(timeMs)) throw new Error('An event without time needs to say when it arrives');
  return { event, logTimeMs: timeMs + 1_000 };
}

type Said<T extends KeyEventType> = When & Partial<KeyEventData<T>>;

const builder =
  <T extends KeyEventType>(type: T) =>
  ({ at, arrives, id, key, tenant, lane, ...data }: Said<T>): Arrival => {
    const when = Object.entries({ at, arrives, id, key, tenant, lane }).filter(
      ([, v]) => v !== undefined,
    );
    return arrival(type, Object.fromEntries(when) as When, data as unknown as KeyEventData<T>);
  };

export const used = builder('keywatch.key.request-made.v1');
export const created = builder('keywatch.key.created.v1');
export const rotated = builder('keywatch.key.rotated.v1');
export const revoked = builder('keywatch.key.revoked.v1');
export const disabled = builder('keywatch.key.disabled.v1');
export const enabled = builder('keywatch.key.enabled.v1');
export const leakReported = builder('keywatch.key.leak-reported.v1');

/** Milliseconds of a readable time. @throws Error if it is none. */
export function ms(text: string): number {
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new Error(`${text} is not a time`);
  return parsed;
}
