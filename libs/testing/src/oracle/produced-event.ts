/** A key event as the oracle reads it from what a producer sent. */
export interface ProducedEvent {
  readonly identity: string;
  readonly id: string;
  /** Last part of the type: `created`, `request-made`, ... */
  readonly what: string;
  readonly tenant: string;
  readonly lane: string;
  readonly keyId: string;
  readonly ms: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a message holds that the oracle looks at. */
export interface Produced {
  readonly value: string;
}

/** Part of identities and names; no name in test traffic holds it. */
const SEPARATOR = '|';

/** One text of several names, as the keys of the oracle's maps are. */
export const nameOf = (...parts: readonly string[]): string => parts.join(SEPARATOR);

/**
 * Each key event among the messages once, as first sent; what isn't JSON is left out.
 * @throws Error for an event without a time of its own, or with one that would be filed as another
 */
export function eventsOf(messages: readonly Produced[]): ProducedEvent[] {
  const events = new Map<string, ProducedEvent>();
  for (const { value } of messages) {
    const json = parsed(value);
    if (json === undefined) continue;
    const { id, source, type, subject, time, tenantid = 'default', lane = 'live' } = json;
    const identity = nameOf(String(tenantid), String(source), String(id));
    const ms = Date.parse(String(time));
    if (Number.isNaN(ms) || ms < Date.UTC(2010, 0, 1) || ms > Date.now()) {
      throw new Error(`the oracle can't file ${identity} under ${String(time)}`);
    }
    if (events.has(identity)) continue;
    events.set(identity, {
      identity,
      id: String(id),
      what: /^keywatch\.key\.(.+)\.v1$/.exec(String(type))?.[1] ?? '',
      tenant: String(tenantid),
      lane: String(lane),
      keyId: String(subject),
      ms,
      data: json['data'] as Readonly<Record<string, unknown>>,
    });
  }
  return [...events.values()];
}

function parsed(value: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(value) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
