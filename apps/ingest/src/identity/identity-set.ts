import { IdentityRing } from './identity-ring.js';
import { wordsOf } from './identity-words.js';

/** How far back a second delivery is recognised; both must hold. */
export interface Horizon {
  /** Offsets: an identity that stands more than this before a message is forgotten. */
  readonly messages: number;
  /** Arrival time, in ms. */
  readonly ms: number;
}

/** `conflict`: the same identity stands there with another body. */
export type Standing = 'new' | 'duplicate' | 'conflict';

/**
 * Recent identities of one partition. What it answers is a function of the log alone: a message is a duplicate if its
 * identity stands at an earlier offset within the horizon, measured from the latest place where it stands (duplicates
 * count as standing there), and a conflict if the body there was another. So the rows of a range come out the same
 * however often, and by whomever, it is built.
 */
export class IdentitySet {
  private readonly ring = new IdentityRing();
  /** All messages from here ... */
  private begin = 0;
  /** ... up to, not including, this offset have been added. */
  private end = -1;

  constructor(readonly horizon: Horizon) {}

  get size(): number {
    return this.ring.size;
  }

  /** First offset that a message at `offset` may be a duplicate of. */
  warmFrom(offset: number): number {
    return Math.max(0, offset - this.horizon.messages);
  }

  /**
   * Makes the set what it was before `offset`: takes back what was added from there on (by a range that was built and
   * not written), and forgets what is beyond the horizon.
   * @returns false where it doesn't know the messages before: then `reset`, and add those from `warmFrom(offset)` on
   */
  rewindTo(offset: number): boolean {
    if (this.end < offset || this.begin > this.warmFrom(offset)) return false;
    const { ring } = this;
    while ((ring.newest ?? -1) >= offset) ring.pop();
    this.end = offset;
    const keep = this.warmFrom(offset);
    for (let oldest = ring.oldest; oldest !== undefined && oldest < keep; oldest = ring.oldest) {
      ring.shift();
    }
    this.begin = Math.max(this.begin, keep);
    return true;
  }

  /** Empty, as before the first message from `offset` on. */
  reset(offset: number): void {
    this.ring.clear();
    this.begin = offset;
    this.end = offset;
  }

  /**
   * Adds the next message of the log and says how it stands to those before.
   * @param identity 32 hex digits
   * @param crc checksum of its body
   * @param timeMs its arrival
   */
  add(identity: string, crc: number, offset: number, timeMs: number): Standing {
    const { ring, horizon } = this;
    const words = wordsOf(identity);
    const before = ring.find(words);
    let standing: Standing = 'new';
    if (
      before !== -1 &&
      offset - ring.offsetOf(before) <= horizon.messages &&
      timeMs - ring.timeOf(before) <= horizon.ms
    ) {
      standing = ring.crcOf(before) === crc ? 'duplicate' : 'conflict';
    }
    ring.push(words, before, crc, offset, timeMs);
    this.end = offset + 1;
    return standing;
  }

  /** All messages before `offset` have been added; those without identity, and control records, are none. */
  reached(offset: number): void {
    this.end = offset;
  }
}
