import { setImmediate as nextTurn } from 'node:timers/promises';

/** A build that waits for its turn, or is under way. */
export interface Building<Built> {
  /** Resolves when it has its turn. */
  readonly begun: Promise<void>;
  readonly result: Promise<Built>;
  /** Nobody wants the result any more: it is not begun, or its result is forgotten. */
  drop(): void;
}

/**
 * Builds of all partitions of a process, one at a time and in the order in which they came: rows are built on one thread,
 * and each waits in memory. Who adds one and waits until it has begun holds no more than one that waits.
 */
export class BuildQueue {
  private last: Promise<unknown> = Promise.resolve();

  add<Built>(work: () => Promise<Built> | Built): Building<Built> {
    let dropped = false;
    const before = this.last;
    const begun = before.then(() => nextTurn()).then(() => undefined);
    // Another turn: what was waiting for the beginning sends its requests before the thread is busy.
    const result = begun
      .then(() => nextTurn())
      .then(() => {
        if (dropped) throw new Error('The build was dropped before it began.');
        return work();
      });
    this.last = result.catch(() => undefined);
    return {
      begun,
      result,
      drop: () => {
        dropped = true;
      },
    };
  }
}
