import { identityOf, type KeyEvent } from '@keywatch/events';

const BYTES = 6;

/** 48 bits of an event's identity: among 64 recent ones a chance of 1 in 4 * 10^12 to take another for its double. */
export function shortIdentity(event: KeyEvent): number {
  return Number.parseInt(
    identityOf(event.tenantId, event.source, event.id).slice(0, 2 * BYTES),
    16,
  );
}

/** The last few identities of one key, oldest overwritten first. */
export class RecentIdentities {
  #slots: number[] = [];
  #next = 0;

  constructor(private readonly capacity: number) {}

  /** Adds the identity; false where it is among the recent ones already. */
  add(identity: number): boolean {
    if (this.#slots.includes(identity)) return false;
    if (this.#slots.length < this.capacity) this.#slots.push(identity);
    else if (this.capacity > 0) {
      this.#slots[this.#next] = identity;
      this.#next = (this.#next + 1) % this.capacity;
    }
    return true;
  }

  /** Oldest first, 8 characters each. */
  toText(): string {
    const bytes = Buffer.allocUnsafe(this.#slots.length * BYTES);
    const ordered = [...this.#slots.slice(this.#next), ...this.#slots.slice(0, this.#next)];
    ordered.forEach((identity, i) => bytes.writeUIntBE(identity, i * BYTES, BYTES));
    return bytes.toString('base64url');
  }

  static fromText(text: string, capacity: number): RecentIdentities {
    const bytes = Buffer.from(text, 'base64url');
    const recent = new RecentIdentities(capacity);
    for (let at = 0; at + BYTES <= bytes.length; at += BYTES) {
      recent.add(bytes.readUIntBE(at, BYTES));
    }
    return recent;
  }
}
