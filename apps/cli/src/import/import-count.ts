import type { Unmatched } from '@keywatch/sources';

const MAX_EXAMPLES = 10;

/** Where a record stands: `line` counts from 1; `item` too, where a line holds a list. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly item?: number;
}

export interface RejectedExample extends Place {
  readonly reason: string;
  readonly error: string;
}

/** What an import read, published and rejected, and why. */
export class ImportCount {
  /** Records read. */
  read = 0;
  /** Events that the log has acknowledged. */
  published = 0;
  /** Records (or events of them) that can't be key events. */
  rejected = 0;
  /** Of those rejected, how many the log has acknowledged as dead letters. */
  deadLetters = 0;
  readonly reasons = new Map<string, number>();
  /** Events without a time of their own: they stand at the time of the import. */
  withoutTime = 0;
  /** Records that stand for no key event, by reason. */
  readonly skipped = new Map<string, number>();
  /** Pointers of the mapping that led nowhere in any record. */
  unmatched: readonly Unmatched[] = [];
  /** The first few rejected records, with their place. */
  readonly examples: RejectedExample[] = [];

  reject(place: Place, reason: string, error: string): void {
    this.rejected += 1;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    if (this.examples.length < MAX_EXAMPLES) this.examples.push({ ...place, reason, error });
  }

  skip(reason: string): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  summary(): object {
    const {
      read,
      published,
      rejected,
      deadLetters,
      withoutTime,
      reasons,
      skipped,
      unmatched,
      examples,
    } = this;
    return {
      read,
      published,
      rejected,
      deadLetters,
      withoutTime,
      reasons: Object.fromEntries(reasons),
      skipped: Object.fromEntries(skipped),
      unmatched,
      examples,
    };
  }
}
