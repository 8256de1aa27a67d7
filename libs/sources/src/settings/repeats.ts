import { sha256 } from './key-name.js';

/** Different records after which the first are forgotten; about 60 MB. */
const REMEMBERED = 500_000;

/**
 * Ids for records that have none: the hash of the record, and where equal records are different events the number of
 * its repetition. The same files give the same ids in any order; a repetition further away than half a million
 * different records counts anew.
 */
export class Repeats {
  private recent = new Map<string, number>();
  private older = new Map<string, number>();

  constructor(
    private readonly equalAre: 'one' | 'distinct',
    private readonly remembered = REMEMBERED,
  ) {}

  idOf(text: string): string {
    const id = sha256(text).slice(0, 32);
    if (this.equalAre === 'one') return id;
    const n = (this.recent.get(id) ?? this.older.get(id) ?? 0) + 1;
    this.recent.set(id, n);
    if (this.recent.size >= this.remembered) {
      this.older = this.recent;
      this.recent = new Map();
    }
    return n === 1 ? id : `${id}:${n}`;
  }
}
