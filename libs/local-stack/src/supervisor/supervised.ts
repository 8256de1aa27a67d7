import { setTimeout as sleep } from 'node:timers/promises';
import { describeExit, type Service } from '../service.js';
import { messageOf } from '../waiting.js';
import { type Backoff, restartDelay } from './backoff.js';

/** waiting: for those before it. restarting: ended, waits for its next start. gave-up: ended and is not started again. */
export type State =
  'waiting' | 'starting' | 'up' | 'restarting' | 'stopping' | 'stopped' | 'exited' | 'gave-up';

export interface ProcessState {
  readonly name: string;
  readonly state: State;
  readonly pid?: number;
  /** How often it was started again so far. */
  readonly restarts: number;
  /** Why it ended, the last time it did. */
  readonly lastEnd?: string;
}

export interface SupervisedOptions {
  readonly name: string;
  readonly restart: boolean;
  /** Failures in a row after which it is given up; Infinity: never. */
  readonly giveUpAfter: number;
  readonly backoff: Backoff;
  readonly launch: (signal: AbortSignal) => Promise<Service>;
  readonly changed: (state: ProcessState) => void;
}

/** One process with a life of its own: started, watched, started again, stopped. */
export class Supervised {
  #state: ProcessState;
  #service: Service | undefined;
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();
  readonly #firstUp = Promise.withResolvers<undefined>();

  constructor(private readonly options: SupervisedOptions) {
    this.#state = { name: options.name, state: 'waiting', restarts: 0 };
    // Whoever asks for it gets the failure; nobody asking is no failure of ours.
    this.firstUp.catch(() => undefined);
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Settles when it is up for the first time; rejects when it never will be. */
  get firstUp(): Promise<unknown> {
    return this.#firstUp.promise;
  }

  /** Starts it once all of `before` are up. */
  start(before: readonly Supervised[]): void {
    this.#running ??= this.#live(before);
  }

  kill(signal: NodeJS.Signals): void {
    this.#service?.kill(signal);
  }

  /** Ends it for good; settles when it is gone. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#firstUp.reject(new Error(`${this.options.name}: stopped before it was up`));
    if (this.#service !== undefined) this.#enter('stopping', pidOf(this.#service));
    await Promise.all([this.#service?.stop(), this.#running]);
    const { state } = this.#state;
    if (state !== 'gave-up' && state !== 'exited' && state !== 'stopped') this.#enter('stopped');
  }

  async #live(before: readonly Supervised[]): Promise<void> {
    try {
      await Promise.race([Promise.all(before.map((other) => other.firstUp)), this.#stopped()]);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#giveUp(messageOf(error));
      return;
    }
    const { restart, backoff, giveUpAfter } = this.options;
    for (let failures = 0; ;) {
      const { upMs, end, clean } = await this.#runOnce();
      if (this.#stopAsked()) return;
      if (!restart && clean) {
        this.#enter('exited', { lastEnd: end });
        return;
      }
      failures = upMs >= backoff.stableMs ? 1 : failures + 1;
      if (!restart || failures >= giveUpAfter) {
        this.#giveUp(end);
        return;
      }
      this.#enter('restarting', { lastEnd: end, restarts: this.#state.restarts + 1 });
      await this.#pause(restartDelay(failures, backoff));
      if (this.#stopAsked()) return;
    }
  }

  /** From start to end. */
  async #runOnce(): Promise<Run> {
    this.#enter('starting');
    try {
      this.#service = await this.options.launch(this.#stop.signal);
    } catch (error) {
      return { upMs: 0, end: messageOf(error), clean: false };
    }
    const since = performance.now();
    // Stopped in the moment it came up: nobody else would end it.
    if (this.#stop.signal.aborted) await this.#service.stop();
    else {
      this.#enter('up', pidOf(this.#service));
      this.#firstUp.resolve(undefined);
    }
    const exit = await this.#service.exited;
    this.#service = undefined;
    return { upMs: performance.now() - since, end: describeExit(exit), clean: exit.code === 0 };
  }

  #stopAsked(): boolean {
    return this.#stop.signal.aborted;
  }

  #giveUp(reason: string): void {
    this.#enter('gave-up', { lastEnd: reason });
    this.#firstUp.reject(new Error(`${this.options.name}: ${reason}`));
  }

  /** The pid of before is nobody's, or another's, in every state that doesn't name it anew. */
  #enter(
    state: State,
    news: Partial<Pick<ProcessState, 'pid' | 'restarts' | 'lastEnd'>> = {},
  ): void {
    const { name, restarts, lastEnd } = this.#state;
    this.#state = { name, restarts, ...(lastEnd === undefined ? {} : { lastEnd }), ...news, state };
    this.options.changed(this.#state);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #stopped(): Promise<never> {
    return new Promise((_, reject) => {
      const fail = (): void => {
        reject(new Error('stopped'));
      };
      if (this.#stop.signal.aborted) fail();
      else this.#stop.signal.addEventListener('abort', fail, { once: true });
    });
  }
}

interface Run {
  /** How long it was up, in milliseconds; 0 when it never was. */
  readonly upMs: number;
  /** How it ended, in words. */
  readonly end: string;
  readonly clean: boolean;
}

const pidOf = (service: Service): { pid?: number } =>
  service.pid === undefined ? {} : { pid: service.pid };
