import type { KeyEventData, KeyEventType, OutgoingKeyEvent } from '@keywatch/events';
import type { PlannedKey } from './planned-key.js';

/** Producer of what happens to keys (RFC 6963 reserves the namespace for examples). */
const REGISTRY = 'urn:example:key-registry';

/** Something that happens to a key besides requests. */
export interface LifecycleStep {
  readonly kind: 'lifecycle';
  readonly ms: number;
  readonly key: PlannedKey;
  readonly type: KeyEventType;
  readonly data: KeyEventData<KeyEventType>;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** The steps of a key's life, up to `endMs`. */
export function lifecycleOf(key: PlannedKey, endMs: number): LifecycleStep[] {
  const step = <T extends KeyEventType>(
    ms: number,
    type: T,
    data: KeyEventData<T>,
  ): LifecycleStep => ({
    kind: 'lifecycle',
    ms,
    key,
    type,
    data,
  });
  return [
    step(key.createdMs, 'keywatch.key.created.v1', {
      owner: { ...key.owner },
      name: key.name,
      plan: key.plan,
      environment: key.home,
      allowedEnvironments: [...key.allowed],
      kind: key.kind,
      scopes: [...key.scopes],
      createdBy: key.owner.id,
      ...(key.expiresMs === Infinity ? {} : { expiresAt: iso(key.expiresMs) }),
    }),
    ...key.rotations.map(({ ms, graceEndsMs }, n) =>
      step(ms, 'keywatch.key.rotated.v1', {
        secretVersion: n + 2,
        previousVersion: n + 1,
        graceEndsAt: iso(graceEndsMs),
        rotatedBy: key.owner.id,
        reason: 'scheduled',
      }),
    ),
    step(key.disabledMs, 'keywatch.key.disabled.v1', { by: key.owner.id, reason: 'under review' }),
    step(key.enabledMs, 'keywatch.key.enabled.v1', { by: key.owner.id, reason: 'review done' }),
    step(key.revokedMs, 'keywatch.key.revoked.v1', {
      by: key.owner.id,
      reason: 'no longer needed',
    }),
  ].filter(({ ms }) => ms <= endMs);
}

export function lifecycleEvent(
  { key, type, data }: LifecycleStep,
  id: string,
  time: string,
  lane: string | undefined,
): OutgoingKeyEvent {
  return {
    id,
    source: REGISTRY,
    type,
    subject: key.keyId,
    time,
    tenantid: key.tenantId,
    ...(lane === undefined ? {} : { lane }),
    data,
  };
}
