import type { Plant } from './options.js';
import type { Environment } from './vocabulary.js';

export interface Rotation {
  readonly ms: number;
  /** Until then the secret before works too. */
  readonly graceEndsMs: number;
}

/** Who a key is: the same for a seed and a number whatever happens to it. */
export interface KeyIdentity {
  readonly index: number;
  readonly keyId: string;
  readonly tenantId: string;
  readonly owner: { readonly id: string; readonly email: string; readonly team: string };
  readonly name: string;
  readonly plan: 'free' | 'pro' | 'enterprise';
  readonly home: Environment;
  /** Where it may be used, home first. */
  readonly allowed: readonly Environment[];
  readonly scopes: readonly string[];
  readonly region: string;
  readonly addresses: readonly string[];
  readonly agents: readonly string[];
}

/** What happens to a key, ms since 1970; Infinity: never. Made whole before the first event. */
export interface KeyLife {
  readonly createdMs: number;
  readonly kind: 'long-term' | 'temporary';
  readonly expiresMs: number;
  readonly rotations: readonly Rotation[];
  readonly revokedMs: number;
  readonly disabledMs: number;
  readonly enabledMs: number;
  /** Only planted requests are made with it. */
  readonly silent: boolean;
}

export interface PlannedKey extends KeyIdentity, KeyLife {
  readonly plant: Plant | undefined;
}

/** Whether clean traffic may use the key then. */
export function isUsableAt(key: KeyLife, ms: number): boolean {
  return (
    ms > key.createdMs &&
    ms < key.revokedMs &&
    ms < key.expiresMs &&
    !(ms >= key.disabledMs && ms <= key.enabledMs) &&
    !key.silent
  );
}
