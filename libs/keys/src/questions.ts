import type { KeyState } from './key-state.js';

export interface RotationAge {
  /** Milliseconds since the secret was made; negative where that lies ahead. */
  readonly ageMs: number;
  /** When the secret was made, or the first use where nobody said. */
  readonly sinceMs: number;
  /** True where neither creation nor rotation was seen: the secret is at least this old. */
  readonly atLeast: boolean;
}

/**
 * Rotation age: `asOfMs` minus the later of creation and last rotation. Where neither was seen the first use, if
 * given, says how old the secret is at least; without it the age is unknown (undefined).
 */
export function rotationAge(
  state: KeyState,
  asOfMs: number,
  firstUsedMs?: number,
): RotationAge | undefined {
  const made = Math.max(state.createdAtMs ?? -Infinity, state.lastRotatedAtMs ?? -Infinity);
  if (made !== -Infinity) return { ageMs: asOfMs - made, sinceMs: made, atLeast: false };
  if (firstUsedMs === undefined) return undefined;
  return { ageMs: asOfMs - firstUsedMs, sinceMs: firstUsedMs, atLeast: true };
}

/** Whether the key can be used at `asOfMs` as far as its lifecycle says: not revoked, disabled or expired. */
export function isUsable(state: KeyState, asOfMs: number): boolean {
  if (state.revokedAtMs !== undefined && state.revokedAtMs <= asOfMs) return false;
  if (state.disabled?.value === true) return false;
  const expiresAtMs = state.description?.value.expiresAtMs;
  return expiresAtMs === undefined || expiresAtMs > asOfMs;
}

/** Environments the key may be used in: its home and the allowed ones. Empty: nobody said. */
export function environmentsOf(state: KeyState | undefined): readonly string[] {
  const description = state?.description?.value;
  if (description === undefined) return [];
  const { environment, allowedEnvironments } = description;
  if (environment === '' || allowedEnvironments.includes(environment)) return allowedEnvironments;
  return [environment, ...allowedEnvironments];
}
