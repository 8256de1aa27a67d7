import { hash } from 'node:crypto';

/**
 * Text of at most `max` UTF-16 units (12 or more), for state that must stay bounded. A longer text keeps its start and
 * gets the first 10 digits of its hash behind it, so that two long texts with one beginning stay two.
 */
export function capText(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 11)}~${hash('sha1', text, 'hex').slice(0, 10)}`;
}
