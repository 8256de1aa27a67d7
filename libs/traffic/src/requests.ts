import {
  REQUEST_MADE,
  type KeyEventData,
  type OutgoingKeyEvent,
  type Outcome,
} from '@keywatch/events';
import type { PlannedKey } from './planned-key.js';
import type { PlannedUse } from './planned-use.js';
import type { Random } from './random.js';
import { MINUTE_MS } from './time.js';
import { ENDPOINTS, type Endpoint } from './vocabulary.js';

/** Every endpoint as often as its weight says, so that one draw picks. */
const WEIGHTED_ENDPOINTS: readonly Endpoint[] = ENDPOINTS.flatMap((endpoint) =>
  Array.from({ length: endpoint.weight }, () => endpoint),
);

/** Cumulative shares of what goes wrong; the rest is served. */
const FAILURES: readonly (readonly [upTo: number, status: number, outcome: Outcome])[] = [
  [0.014, 404, 'allowed'],
  [0.022, 400, 'allowed'],
  [0.026, 422, 'allowed'],
  [0.029, 429, 'rate-limited'],
  [0.0325, 500, 'allowed'],
  [0.034, 503, 'allowed'],
  [0.036, 403, 'forbidden'],
];
const FAILING = 0.036;
/** At most one refusal a minute per key and per address: half of what a burst of 20 in ten minutes takes. */
const REFUSAL_GAP_MS = MINUTE_MS;
/** Requests that don't say where they come from. */
const NO_ENVIRONMENT = 0.002;
const SLOW = 0.01;

/** What is known of a key while its requests are made. */
export interface KeyUse {
  readonly key: PlannedKey;
  /** Current secret; the one before it works until the grace ends. */
  secretVersion: number;
  rotatedMs: number;
  graceEndsMs: number;
  lastUsedMs: number;
}

export function newKeyUse(key: PlannedKey): KeyUse {
  return { key, secretVersion: 1, rotatedMs: 0, graceEndsMs: 0, lastUsedMs: Number.NaN };
}

export interface RequestMaker {
  /** A request as usual for the key. */
  usual(use: KeyUse, id: string, ms: number, time: string): OutgoingKeyEvent<typeof REQUEST_MADE>;
  /** A request as planned. */
  planned(
    use: KeyUse,
    plan: PlannedUse,
    id: string,
    time: string,
  ): OutgoingKeyEvent<typeof REQUEST_MADE>;
}

/** Makes requests; calls come in time order. */
export function requestMaker(random: Random, lane: string | undefined): RequestMaker {
  const lastRefusal = new Map<string, number>();

  function refusable(ms: number, ...names: string[]): boolean {
    if (names.some((name) => ms - (lastRefusal.get(name) ?? -Infinity) < REFUSAL_GAP_MS))
      return false;
    for (const name of names) lastRefusal.set(name, ms);
    return true;
  }

  function version(use: KeyUse, ms: number): number {
    if (ms >= use.graceEndsMs || use.secretVersion === 1) return use.secretVersion;
    // Clients move over during the first half of the grace.
    const moved = ((ms - use.rotatedMs) / (use.graceEndsMs - use.rotatedMs)) * 2;
    return random.next() < moved ? use.secretVersion : use.secretVersion - 1;
  }

  function event(
    key: PlannedKey,
    subject: string,
    id: string,
    time: string,
    data: KeyEventData<typeof REQUEST_MADE>,
  ): OutgoingKeyEvent<typeof REQUEST_MADE> {
    const source = `urn:example:gateway:${key.region}`;
    const type = REQUEST_MADE;
    const tenantid = key.tenantId;
    return lane === undefined
      ? { id, source, type, subject, time, tenantid, data }
      : { id, source, type, subject, time, tenantid, lane, data };
  }

  return {
    usual(use, id, ms, time) {
      const { key } = use;
      const endpoint = random.pick(WEIGHTED_ENDPOINTS);
      const sourceIp = random.pick(key.addresses);
      let status = served(endpoint);
      let outcome: Outcome = 'allowed';
      const luck = random.next();
      if (luck < FAILING) {
        const failure = FAILURES.find(([upTo]) => luck < upTo);
        if (failure !== undefined && (failure[1] !== 403 || refusable(ms, key.keyId, sourceIp))) {
          [, status, outcome] = failure;
        }
      }
      const where = random.next();
      const data: KeyEventData<typeof REQUEST_MADE> = {
        requestId: id,
        secretVersion: version(use, ms),
        environment: where < 0.3 ? (key.allowed[1] ?? key.home) : key.home,
        sourceIp,
        userAgent: random.pick(key.agents),
        method: endpoint.method,
        endpoint: endpoint.route,
        status,
        latencyMs: latency(random, endpoint),
        bytesOut: status < 400 ? Math.round(endpoint.bytes * (0.5 + random.next())) : 180,
        region: key.region,
        outcome,
      };
      if (where > 1 - NO_ENVIRONMENT) delete data.environment;
      return event(key, key.keyId, id, time, data);
    },

    planned(use, plan, id, time) {
      const { key } = use;
      const endpoint = random.pick(WEIGHTED_ENDPOINTS);
      const known = plan.subject === undefined;
      const data: KeyEventData<typeof REQUEST_MADE> = {
        requestId: id,
        ...(known ? { secretVersion: plan.secretVersion ?? use.secretVersion } : {}),
        ...(plan.environment === undefined ? {} : { environment: plan.environment }),
        sourceIp: plan.address ?? random.pick(key.addresses),
        userAgent: plan.agent ?? random.pick(key.agents),
        method: endpoint.method,
        endpoint: endpoint.route,
        status: plan.status === 200 ? served(endpoint) : plan.status,
        latencyMs: latency(random, endpoint),
        bytesOut: plan.status < 400 ? endpoint.bytes : 180,
        region: key.region,
        outcome: plan.outcome,
      };
      return event(key, plan.subject ?? key.keyId, id, time, data);
    },
  };
}

function served({ method, bytes }: Endpoint): number {
  if (bytes === 0) return 204;
  return method === 'POST' ? 201 : 200;
}

/** Milliseconds to a tenth; one in a hundred takes far longer. */
function latency(random: Random, { latencyMs }: Endpoint): number {
  const usual = latencyMs * (0.5 + random.next());
  return Math.round((random.next() < SLOW ? usual * random.between(3, 12) : usual) * 10) / 10;
}
