/**
 * Replaces escapes of lone surrogates (`\ud800`) in JSON text by U+FFFD. A producer may send such a string, JSON.parse
 * takes it and JSON.stringify gives it back, but the engine refuses the whole insert ("missing second part of
 * surrogate pair"): one message would stop its partition for ever. Text without any comes back as it is.
 */
export function withoutLoneSurrogates(json: string): string {
  if (!json.includes('\\ud')) return json;
  // An escaped backslash is consumed as a pair, so that the letters after it are never taken for an escape.
  return json.replace(
    /(\\\\)|\\ud[89a-f][0-9a-f]{2}/g,
    (_, backslashes: string | undefined) => backslashes ?? '\ufffd',
  );
}

/** Printable ASCII but for the quote and the backslash: what needs no escape. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * A text as a JSON string, lone surrogates mended; missing is empty. Most texts are plain, and a quarter faster to quote
 * by hand.
 */
export function quote(text: string | undefined): string {
  if (text === undefined) return '""';
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text.toWellFormed());
}

/** JSON of a value as it is stored in a String column. */
export function jsonColumn(value: unknown): string {
  return JSON.stringify(withoutLoneSurrogates(JSON.stringify(value)));
}

/**
 * A time for a DateTime64(3) column: `"seconds.mmm"`, quoted. Ten digits at least: a shorter number is read as a date.
 * @param ms milliseconds since 1970; before 1970 or after 2299 (what DateTime64 can hold) it is moved to the border.
 */
export function timeColumn(ms: number): string {
  const safe = storableMs(ms);
  const seconds = Math.floor(safe / 1000);
  const rest = safe % 1000;
  const fraction = rest < 10 ? `00${rest}` : rest < 100 ? `0${rest}` : `${rest}`;
  return seconds >= 1_000_000_000
    ? `"${seconds}.${fraction}"`
    : `"${String(seconds).padStart(10, '0')}.${fraction}"`;
}

/** The nearest time that DateTime64(3) can hold, in whole ms since 1970. */
export function storableMs(ms: number): number {
  return ms > 0 ? Math.min(Math.floor(ms), LATEST_MS) : 0;
}
const LATEST_MS = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

/** What UInt32 and Int32 columns hold; a larger number would fail the whole insert. */
export const UINT32_MAX = 4_294_967_295;
export function int32(value: number): number {
  return Math.max(-2_147_483_648, Math.min(value, 2_147_483_647));
}
