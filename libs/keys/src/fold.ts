import { filedTime, type KeyEventData, type LifecycleEvent } from '@keywatch/events';
import { capText } from './cap-text.js';
import { UNKNOWN_KEY, type KeyDescription, type KeyState } from './key-state.js';
import { mergeKeyStates } from './merge.js';

/** UTF-16 units kept of an environment's name. Names from requests are cut alike before they are compared. */
export const MAX_ENVIRONMENT = 64;
const MAX_ALLOWED = 64;
const MAX_TEXT = 512;
const MAX_TAGS = 32;
const MAX_TAG = 64;
const MAX_SECRET_VERSION = 4_294_967_295;

/** The environment's name as key states hold it. Exact but for its length: `prod` and `Prod` are two. */
export function environmentName(text: string): string {
  return capText(text, MAX_ENVIRONMENT);
}

/**
 * Adds one lifecycle event to the state of its key. `logTimeMs` is the event's arrival, under which it is filed where
 * its own time is missing or out of range.
 */
export function foldKey(
  state: KeyState | undefined,
  event: LifecycleEvent,
  logTimeMs: number,
): KeyState {
  return mergeKeyStates(state ?? UNKNOWN_KEY, keyStateOf(event, logTimeMs));
}

/** What one event alone says of its key. */
export function keyStateOf(event: LifecycleEvent, logTimeMs: number): KeyState {
  const atMs = filedTime(event.timeMs, logTimeMs).ms;
  const secretVersion = secretVersionOf(event.data);
  const dated = <T>(value: T): { atMs: number; eventId: string; value: T } => ({
    atMs,
    eventId: event.id,
    value,
  });
  switch (event.type) {
    case 'keywatch.key.created.v1':
      return { secretVersion, createdAtMs: atMs, description: dated(describe(event.data)) };
    case 'keywatch.key.rotated.v1':
      return {
        secretVersion,
        lastRotatedAtMs: atMs,
        grace: dated(timeOf(event.data.graceEndsAt)),
      };
    case 'keywatch.key.revoked.v1':
      return { secretVersion, revokedAtMs: atMs };
    case 'keywatch.key.disabled.v1':
      return { secretVersion, disabled: dated(true) };
    case 'keywatch.key.enabled.v1':
      return { secretVersion, disabled: dated(false) };
    case 'keywatch.key.leak-reported.v1':
      return { secretVersion, leakReportedAtMs: atMs };
  }
}

/** Producers may name the secret's version on any lifecycle event; only of a rotation is it checked on arrival. */
function secretVersionOf(data: LifecycleEvent['data']): number {
  const version = (data as Record<string, unknown>)['secretVersion'];
  return Number.isInteger(version) && Number(version) >= 0 && Number(version) <= MAX_SECRET_VERSION
    ? Number(version)
    : 0;
}

function describe(data: KeyEventData<'keywatch.key.created.v1'>): KeyDescription {
  const text = (value: string | undefined): string => capText(value ?? '', MAX_TEXT);
  const allowed = new Set((data.allowedEnvironments ?? []).slice(0, MAX_ALLOWED));
  const expiresAtMs = timeOf(data.expiresAt);
  const tags = tagsOf(data.tags);
  return {
    ownerId: text(data.owner?.id),
    ownerEmail: text(data.owner?.email),
    ownerTeam: text(data.owner?.team),
    name: text(data.name),
    plan: text(data.plan),
    environment: environmentName(data.environment ?? ''),
    allowedEnvironments: [...allowed].map(environmentName).sort(),
    kind: data.kind ?? '',
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(tags.length === 0 ? {} : { tags }),
  };
}

/** Producers give tags in many forms: only a list of words counts. */
function tagsOf(given: unknown): string[] {
  if (!Array.isArray(given)) return [];
  const words = given.filter((tag) => typeof tag === 'string' && tag !== '') as string[];
  return [...new Set(words.slice(0, MAX_TAGS).map((tag) => capText(tag, MAX_TAG)))].sort();
}

function timeOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
