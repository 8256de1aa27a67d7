interface Waiting {
  bytes: number;
  resume: () => void;
  /** Told that there is room; its share is kept for it until it asks again. */
  called: boolean;
}

/**
 * Bytes of messages that may be held at once, over all partitions. Who gets no share drops its batch, pauses its
 * partition and is told when there is room again, in the order of asking: memory stays flat however long the backlog.
 */
export class ByteBudget {
  private taken = 0;
  private readonly waiting = new Map<string, Waiting>();

  constructor(readonly capacity: number) {
    if (!(capacity > 0)) throw new RangeError(`A byte budget must be positive, not ${capacity}.`);
  }

  /** Bytes held at the moment. */
  get used(): number {
    return this.taken;
  }

  /**
   * Takes a share, or notes that `key` waits for one and calls `resume` when there is room. A wish larger than the
   * whole budget is granted when nothing else is held: it could never be otherwise.
   * @returns the function that gives the share back; undefined where there is no room
   */
  reserve(key: string, bytes: number, resume: () => void): (() => void) | undefined {
    const entry = this.waiting.get(key) ?? { bytes, resume, called: false };
    let asking = true;
    Object.assign(entry, {
      bytes,
      called: entry.called && this.fits(bytes),
      // Called while it asks, it has its answer here: its partition isn't paused yet, and nothing would wake it later.
      resume: () => {
        if (!asking) resume();
      },
    });
    this.waiting.set(key, entry);
    if (!entry.called) this.wake();
    asking = false;
    if (!entry.called) return undefined;
    this.waiting.delete(key);
    this.taken += bytes;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.taken -= bytes;
      this.wake();
    };
  }

  /** The partition is gone: it waits no longer. */
  forget(key: string): void {
    if (this.waiting.delete(key)) this.wake();
  }

  private fits(bytes: number): boolean {
    return this.taken === 0 || this.taken + bytes <= this.capacity;
  }

  /** Calls those at the head of the queue who fit together; they ask again with their next batch. */
  private wake(): void {
    let promised = this.taken;
    for (const entry of this.waiting.values()) {
      if (promised > 0 && promised + entry.bytes > this.capacity) return;
      promised += entry.bytes;
      if (entry.called) continue;
      entry.called = true;
      entry.resume();
    }
  }
}
