import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import type { KeyState } from '@keywatch/keys';
import { networkMatcher } from './networks.js';

/** Every rule and sweep. */
export const EVERY_RULE = '*';

/**
 * What a rule is not to look at. Members that are given must all fit, each with one of its values. A JSON value: it is
 * recorded with the offset from which it holds.
 */
export interface DetectionException {
  /** Ids of rules and sweeps, or {@link EVERY_RULE} among them. */
  readonly rules: readonly string[];
  readonly keys?: readonly string[];
  readonly tenants?: readonly string[];
  /** Id, e-mail address or team of the key's owner, in any case. */
  readonly owners?: readonly string[];
  /** Tags of the key's latest creation. */
  readonly tags?: readonly string[];
  readonly environments?: readonly string[];
  /** Addresses or networks in CIDR form. */
  readonly networks?: readonly string[];
  /** Why, for those who ask later. */
  readonly reason: string;
  /** It holds for what happens before this time, in ms. */
  readonly untilMs: number;
}

/** What exceptions are compared with. */
export interface ExceptionFacts {
  readonly tenantId: string;
  readonly keyId: string;
  /** Event time, or the as-of time of a sweep, in ms. */
  readonly atMs: number;
  /** Id, e-mail address and team of the owner; empty ones are no owner. */
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  /** Empty: unknown, which no exception names. */
  readonly environments: readonly string[];
  /** Addresses or networks. */
  readonly addresses: readonly string[];
}

export type ExceptionTest = (facts: ExceptionFacts) => boolean;

/** Whether the exception names this rule or sweep. */
export function concerns(exception: DetectionException, ruleId: string): boolean {
  return exception.rules.includes(EVERY_RULE) || exception.rules.includes(ruleId);
}

/**
 * One test for those of the exceptions that concern the rule (and the tenant, where it is given); undefined: none does,
 * nothing need be tested.
 */
export function compileExceptions(
  exceptions: readonly DetectionException[],
  ruleId: string,
  tenantId?: string,
): ExceptionTest | undefined {
  const tests = exceptions
    .filter((exception) => concerns(exception, ruleId))
    .filter(
      ({ tenants }) =>
        tenants === undefined || tenantId === undefined || tenants.includes(tenantId),
    )
    .map(compile);
  return tests.length === 0 ? undefined : (facts) => tests.some((test) => test(facts));
}

function compile(exception: DetectionException): ExceptionTest {
  const { untilMs } = exception;
  const keys = setOf(exception.keys);
  const tenants = setOf(exception.tenants);
  const owners = setOf(exception.owners?.map(lower));
  const tags = setOf(exception.tags);
  const environments = setOf(exception.environments);
  const isInside =
    exception.networks === undefined ? undefined : networkMatcher(exception.networks);
  return (facts) =>
    facts.atMs < untilMs &&
    (tenants?.has(facts.tenantId) ?? true) &&
    (keys?.has(facts.keyId) ?? true) &&
    (owners === undefined || facts.owners.some((owner) => owners.has(lower(owner)))) &&
    (tags === undefined || facts.tags.some((tag) => tags.has(tag))) &&
    (environments === undefined || facts.environments.some((name) => environments.has(name))) &&
    (isInside === undefined || facts.addresses.some(isInside));
}

const lower = (text: string): string => text.toLowerCase();

function setOf(values: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return values === undefined ? undefined : new Set(values);
}

/**
 * Facts of an event on the stream. The environment is that of the request; of a lifecycle event it is the key's home,
 * and it has no address.
 */
export function factsOfEvent(
  event: KeyEvent,
  key: KeyState | undefined,
  atMs: number,
): ExceptionFacts {
  const { ownerId, ownerEmail, ownerTeam, environment, tags } = key?.description?.value ?? {};
  const request = event.type === REQUEST_MADE ? event.data : undefined;
  return {
    tenantId: event.tenantId,
    keyId: event.keyId,
    atMs,
    owners: known(ownerId, ownerEmail, ownerTeam),
    tags: tags ?? [],
    environments: known(request === undefined ? environment : request.environment),
    addresses: known(request?.sourceIp),
  };
}

function known(...texts: (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined && text !== '') as string[];
}
