import type { IdentityWords } from './identity-words.js';

/** Bytes that one message takes: 16 identity, 8 offset, 8 arrival time, 4 checksum, 4 link, at most 16 in the index. */
export const BYTES_PER_MESSAGE = 56;

const FIRST_CAPACITY = 1_024;

interface Columns {
  readonly words: Uint32Array;
  readonly offsets: Float64Array;
  readonly times: Float64Array;
  readonly crcs: Uint32Array;
  /** How many messages back the same identity stood before; 0: it didn't. */
  readonly back: Uint32Array;
}

function columns(capacity: number): Columns {
  return {
    words: new Uint32Array(capacity * 4),
    offsets: new Float64Array(capacity),
    times: new Float64Array(capacity),
    crcs: new Uint32Array(capacity),
    back: new Uint32Array(capacity),
  };
}

/**
 * Messages in order of offset, with an index from identity to the latest of them: open addressing over typed arrays, so
 * that millions cost no objects. Entries leave at the old end (forgotten) or at the new one (undone).
 */
export class IdentityRing {
  private data = columns(FIRST_CAPACITY);
  private capacity = FIRST_CAPACITY;
  /** Slot number + 1 of the latest message of an identity; 0: free. */
  private index = new Uint32Array(FIRST_CAPACITY * 2);
  /** Messages are numbered from 0 on; those from `tail` up to, not including, `head` are kept. */
  private head = 0;
  private tail = 0;

  get size(): number {
    return this.head - this.tail;
  }

  /** Offsets of the oldest and the newest message; undefined where there is none. */
  get oldest(): number | undefined {
    return this.size === 0 ? undefined : this.data.offsets[this.tail % this.capacity];
  }

  get newest(): number | undefined {
    return this.size === 0 ? undefined : this.data.offsets[(this.head - 1) % this.capacity];
  }

  /** Number of the latest message with this identity, or -1. */
  find(words: IdentityWords): number {
    const slot = (this.index[this.placeOf(words)] ?? 0) - 1;
    return slot === -1 ? -1 : this.numberOf(slot);
  }

  offsetOf(number: number): number {
    return this.data.offsets[number % this.capacity] ?? 0;
  }

  timeOf(number: number): number {
    return this.data.times[number % this.capacity] ?? 0;
  }

  crcOf(number: number): number {
    return this.data.crcs[number % this.capacity] ?? 0;
  }

  /** Adds the next message; `before` is what `find` gave for its identity. */
  push(words: IdentityWords, before: number, crc: number, offset: number, timeMs: number): void {
    if (this.size === this.capacity) this.grow();
    const { data, head, capacity } = this;
    const slot = head % capacity;
    const at = slot * 4;
    // One by one: a call of set() costs more than the four of them.
    data.words[at] = words[0] ?? 0;
    data.words[at + 1] = words[1] ?? 0;
    data.words[at + 2] = words[2] ?? 0;
    data.words[at + 3] = words[3] ?? 0;
    data.offsets[slot] = offset;
    data.times[slot] = timeMs;
    data.crcs[slot] = crc;
    data.back[slot] = before === -1 ? 0 : head - before;
    this.head = head + 1;
    this.index[this.placeOf(words)] = slot + 1;
  }

  /** Takes the newest message back; its identity stands where it stood before. */
  pop(): void {
    const number = this.head - 1;
    const slot = number % this.capacity;
    const place = this.placeOf(this.wordsAt(slot));
    const back = this.data.back[slot] ?? 0;
    const before = number - back;
    if (back > 0 && before >= this.tail) this.index[place] = (before % this.capacity) + 1;
    else this.free(place);
    this.head = number;
  }

  /** Forgets the oldest message. */
  shift(): void {
    const slot = this.tail % this.capacity;
    const place = this.placeOf(this.wordsAt(slot));
    // Where the identity came again since, the index has moved on.
    if (this.index[place] === slot + 1) this.free(place);
    this.tail += 1;
  }

  clear(): void {
    this.index.fill(0);
    this.head = 0;
    this.tail = 0;
  }

  private numberOf(slot: number): number {
    const number = this.tail - (this.tail % this.capacity) + slot;
    return number < this.tail ? number + this.capacity : number;
  }

  private wordsAt(slot: number): IdentityWords {
    return this.data.words.subarray(slot * 4, slot * 4 + 4);
  }

  /** Place in the index that holds the identity, or the free one where it would go. */
  private placeOf(words: IdentityWords): number {
    const { index } = this;
    const mask = index.length - 1;
    const kept = this.data.words;
    const a = words[0] ?? 0;
    const b = words[1] ?? 0;
    const c = words[2] ?? 0;
    const d = words[3] ?? 0;
    // The identity is a hash already: any of its words spreads well.
    for (let place = a & mask; ; place = (place + 1) & mask) {
      const slot = index[place] ?? 0;
      if (slot === 0) return place;
      const at = (slot - 1) * 4;
      if (kept[at] === a && kept[at + 1] === b && kept[at + 2] === c && kept[at + 3] === d) {
        return place;
      }
    }
  }

  /** Frees a place and moves up those behind it that would no longer be found (no tombstones, no rehashing). */
  private free(place: number): void {
    const { index } = this;
    const mask = index.length - 1;
    let hole = place;
    for (let next = (hole + 1) & mask; ; next = (next + 1) & mask) {
      const slot = index[next] ?? 0;
      if (slot === 0) break;
      const home = (this.data.words[(slot - 1) * 4] ?? 0) & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        index[hole] = slot;
        hole = next;
      }
    }
    index[hole] = 0;
  }

  private grow(): void {
    const { data: old, capacity, tail, size } = this;
    const larger = columns(capacity * 2);
    const index = new Uint32Array(capacity * 4);
    this.data = larger;
    this.index = index;
    this.capacity = capacity * 2;
    this.tail = 0;
    this.head = size;
    for (let i = 0; i < size; i += 1) {
      const slot = (tail + i) % capacity;
      larger.words.set(old.words.subarray(slot * 4, slot * 4 + 4), i * 4);
      larger.offsets[i] = old.offsets[slot] ?? 0;
      larger.times[i] = old.times[slot] ?? 0;
      larger.crcs[i] = old.crcs[slot] ?? 0;
      larger.back[i] = old.back[slot] ?? 0;
      // The later of two with one identity comes later in this loop.
      index[this.placeOf(this.wordsAt(i))] = i + 1;
    }
  }
}
