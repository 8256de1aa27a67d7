import { hash } from 'node:crypto';

/** Printable ASCII without quote and backslash: one byte a character in JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Text of at most `max` bytes in JSON, for state that must stay bounded; any other text becomes `#` and its hash. */
export function plainText(text: string, max: number): string {
  return text.length <= max && PLAIN.test(text)
    ? text
    : `#${hash('sha1', text, 'hex').slice(0, 16)}`;
}
