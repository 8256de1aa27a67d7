/** Gives back one place; calling it again does nothing. */
export type Leave = () => void;

/** The places are taken, and stay so for as long as one may wait. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

export interface LimiterOptions {
  /** How many work at once. */
  readonly places: number;
  /** How many may wait for a place. */
  readonly waiting: number;
  readonly waitMs: number;
}

interface Waiter {
  readonly enter: () => void;
}

/** At most so many at once; a bounded number wait for a bounded time, in order. */
export class Limiter {
  private taken = 0;
  private readonly queue: Waiter[] = [];

  constructor(private readonly options: LimiterOptions) {}

  get inside(): number {
    return this.taken;
  }

  /** A place at once, or none. */
  tryEnter(): Leave | undefined {
    if (this.taken >= this.options.places) return undefined;
    this.taken += 1;
    return this.leaveOnce();
  }

  /** @throws Busy; the signal's reason where the asker went while waiting */
  async enter(signal: AbortSignal): Promise<Leave> {
    const leave = this.tryEnter();
    if (leave !== undefined) return leave;
    if (this.queue.length >= this.options.waiting) throw new Busy();
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const giveUp = (error: Error): void => {
        this.queue.splice(this.queue.indexOf(waiter), 1);
        end(() => {
          reject(error);
        });
      };
      const onAbort = (): void => {
        giveUp(signal.reason as Error);
      };
      const waiter: Waiter = {
        enter: () => {
          end(resolve);
        },
      };
      const timer = setTimeout(() => {
        giveUp(new Busy());
      }, this.options.waitMs);
      this.queue.push(waiter);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
    return this.leaveOnce();
  }

  /** The place goes to who waits longest, or is free. */
  private leaveOnce(): Leave {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.queue.shift();
      if (next === undefined) this.taken -= 1;
      else next.enter();
    };
  }
}
