/** Longest wait that the other side may ask for, in ms: an hour. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** `Retry-After` (RFC 9110, 10.2.3: seconds or an HTTP date) in ms from `nowMs`; undefined where it says nothing. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
