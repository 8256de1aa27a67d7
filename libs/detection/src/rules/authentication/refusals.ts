import type { RequestMade } from '@keywatch/events';
import type { KeyState } from '@keywatch/keys';

type Data = RequestMade['data'];

/** unauthorized: the credentials don't hold (401). forbidden: they hold, and this is not allowed to them (403). */
export type Refusal = 'unauthorized' | 'forbidden';

/**
 * Whether and how a request was refused. Where a status is missing the gateway's outcome says it. A 404 is none: a wrong
 * path is no failed authentication (RFC 9110, 15.5.2 and 15.5.4), and wrong paths are part of everyday traffic.
 */
export function refusalOf({ status, outcome }: Data): Refusal | undefined {
  if (status === 401) return 'unauthorized';
  if (status === 403) return outcome === 'invalid-key' ? 'unauthorized' : 'forbidden';
  if (status !== undefined) return undefined;
  if (outcome === 'invalid-key' || outcome === 'revoked-key') return 'unauthorized';
  return outcome === 'forbidden' ? 'forbidden' : undefined;
}

export function isServed({ status, outcome }: Data): boolean {
  return status === undefined ? outcome === 'allowed' : status >= 200 && status < 300;
}

/** {@link refusalOf} in SQL over the view `requests`. */
export const REFUSED_IN_SQL =
  "(status IN (401, 403) OR (status = 0 AND outcome IN ('invalid-key', 'revoked-key', 'forbidden')))";

/** Types that can only explain refusals, never make them suspicious. */
export const EXPLAINING = [
  'keywatch.key.created.v1',
  'keywatch.key.rotated.v1',
  'keywatch.key.revoked.v1',
  'keywatch.key.disabled.v1',
] as const;

/**
 * Whether the key's life explains a refusal: it expired, was revoked or was disabled less than `quietMs` before, so that
 * whoever had it in use fails now; or the request says that it came with a secret from before the last rotation.
 */
export function isExplained(
  data: Data,
  key: KeyState | undefined,
  timeMs: number,
  quietMs: number,
): boolean {
  if (key === undefined) return false;
  const version = data.secretVersion ?? 0;
  if (version > 0 && version < key.secretVersion) return true;
  const since = (ms: number | undefined): boolean =>
    ms !== undefined && timeMs >= ms && timeMs - ms < quietMs;
  const { disabled, revokedAtMs, description } = key;
  return (
    since(description?.value.expiresAtMs) ||
    since(revokedAtMs) ||
    (disabled?.value === true && since(disabled.atMs))
  );
}
