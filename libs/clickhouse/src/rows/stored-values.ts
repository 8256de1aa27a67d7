/**
 * Replaces escapes of lone surrogates (`\ud800`) in JSON text by U+FFFD. A producer may send such a string, JSON.parse
 * takes it and JSON.stringify gives it back, but the engine's own JSON functions refuse it. Text without any comes back
 * as it is.
 */
export function withoutLoneSurrogates(json: string): string {
  if (!json.includes('\\ud')) return json;
  // An escaped backslash is consumed as a pair, so that the letters after it are never taken for an escape.
  return json.replace(
    /(\\\\)|\\ud[89a-f][0-9a-f]{2}/g,
    (_, backslashes: string | undefined) => backslashes ?? '\ufffd',
  );
}

/** JSON of a value as it is stored in a String column. */
export function storedJson(value: unknown): string {
  return withoutLoneSurrogates(JSON.stringify(value));
}

/** The nearest time that DateTime64(3) can hold, in whole ms since 1970. */
export function storableMs(ms: number): number {
  return ms > 0 ? Math.min(Math.floor(ms), LATEST_MS) : 0;
}
const LATEST_MS = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

/** The nearest number that a UInt32 or Int32 column holds. */
export function storableUInt32(value: number): number {
  return Math.max(0, Math.min(value, 4_294_967_295));
}
export function storableInt32(value: number): number {
  return Math.max(-2_147_483_648, Math.min(value, 2_147_483_647));
}
