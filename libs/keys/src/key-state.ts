/** A value together with what decides which of several is the latest: the greater (time, event id). */
export interface Dated<T> {
  /** Filed time of the event that said it, in ms. */
  readonly atMs: number;
  readonly eventId: string;
  readonly value: T;
}

/** What a creation says of its key. Text that wasn't given is empty, as in the `keys` table. */
export interface KeyDescription {
  readonly ownerId: string;
  readonly ownerEmail: string;
  readonly ownerTeam: string;
  readonly name: string;
  readonly plan: string;
  /** Home environment. */
  readonly environment: string;
  /** Sorted, without repetition, at most 64. */
  readonly allowedEnvironments: readonly string[];
  readonly kind: '' | 'long-term' | 'temporary';
  readonly expiresAtMs?: number;
  /** Sorted, without repetition, at most 32; missing: none. */
  readonly tags?: readonly string[];
}

/**
 * What the lifecycle events seen so far say of one key, whatever their order. All times are filed times in ms; a
 * member is missing where no event said it. It means what the `keys` view in ClickHouse means.
 */
export interface KeyState {
  /** Earliest creation. */
  readonly createdAtMs?: number;
  /** Latest rotation. */
  readonly lastRotatedAtMs?: number;
  /** Earliest revocation: a revocation is final. */
  readonly revokedAtMs?: number;
  /** Earliest leak report. */
  readonly leakReportedAtMs?: number;
  /** Highest secret version named; 0: unknown. */
  readonly secretVersion: number;
  /** What the latest creation said. */
  readonly description?: Dated<KeyDescription>;
  /** End of grace of the latest rotation; the value is undefined where that rotation named none. */
  readonly grace?: Dated<number | undefined>;
  /** Whether the latest of disabled and enabled was disabled. A disabled key can come back. */
  readonly disabled?: Dated<boolean>;
}

/** The state of a key of which nothing is known. Neutral to {@link mergeKeyStates}. */
export const UNKNOWN_KEY: KeyState = { secretVersion: 0 };
