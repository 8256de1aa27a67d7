import { refuse } from './engine-error.js';

/**
 * At most `width` at once, at most `queue` waiting, in order. Each kind of work has a lane of its own: four slow reports
 * on one pool would stop every insert (tried).
 */
export class Lane {
  private busy = 0;
  private readonly waiting: (() => void)[] = [];
  private idle: (() => void)[] = [];

  constructor(
    private readonly name: string,
    readonly width: number,
    private readonly queue: number,
  ) {}

  /**
   * Runs the work when there is room.
   * @param signal gives up while waiting; running work isn't touched.
   * @throws EngineError 202 (HTTP 503) at once when the queue is full.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Resolves when nothing runs and nothing waits. */
  async whenIdle(): Promise<void> {
    if (this.busy === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private async enter(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.busy < this.width) {
      this.busy++;
      return;
    }
    if (this.waiting.length >= this.queue)
      throw refuse(
        202,
        `Too many simultaneous ${this.name}: ${this.width} are running and ${this.queue} waiting; try again later`,
      );
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(go), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(go);
    });
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.busy--;
    if (this.busy > 0) return;
    for (const resolve of this.idle) resolve();
    this.idle = [];
  }
}

export type Lanes = Readonly<Record<'inserts' | 'reads' | 'analysts' | 'commands', Lane>>;

/**
 * Together twelve of the sixteen threads of the pool; the rest is for settings, kills and the HTTP side.
 * @see THREADS
 */
export function engineLanes(): Lanes {
  return {
    inserts: new Lane('inserts', 4, 32),
    reads: new Lane('queries', 4, 32),
    analysts: new Lane('queries of analysts', 2, 16),
    commands: new Lane('commands', 2, 32),
  };
}
