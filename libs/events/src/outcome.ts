/**
 * What became of one message. A bad message is a value, never an exception, so that it can't stop a partition:
 * `ok` is used, `drop` is left out on purpose, `dead-letter` can't be a key event and is kept with its reason.
 */
export type Decoded<T> =
  | { readonly kind: 'ok'; readonly event: T }
  | { readonly kind: 'drop'; readonly reason: string }
  | DeadLetter;

export interface DeadLetter {
  readonly kind: 'dead-letter';
  readonly reason: DeadLetterReason;
  /** One sentence for the person who has to mend the producer. Holds no payload values. */
  readonly error: string;
}

export const DEAD_LETTER_REASONS = [
  'empty',
  'too-large',
  'not-json',
  'not-a-cloudevent',
  'invalid-envelope',
  'unknown-type',
  'invalid-data',
  'invalid-time',
  'secret-in-payload',
  'rejected-line',
] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

export function deadLetter(reason: DeadLetterReason, error: string): DeadLetter {
  return { kind: 'dead-letter', reason, error };
}
