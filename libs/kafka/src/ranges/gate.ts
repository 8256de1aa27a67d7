/**
 * Whether new ranges may be begun. Closed at start while ranges of an earlier run are open and a migration waits: they
 * are settled first, because their rows must meet the tables they were announced for.
 */
export class Gate {
  private readonly waiting = new Set<() => void>();

  constructor(private opened = true) {}

  get isOpen(): boolean {
    return this.opened;
  }

  open(): void {
    if (this.opened) return;
    this.opened = true;
    for (const resume of this.waiting) resume();
    this.waiting.clear();
  }

  /** Calls back when the gate opens. @returns a function that ends the waiting */
  whenOpen(resume: () => void): () => void {
    this.waiting.add(resume);
    return () => this.waiting.delete(resume);
  }
}
