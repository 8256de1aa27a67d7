import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What happens to a connection:
 * `pass`: nothing. `cut-answer`: the request goes through; of the answer so many bytes come, then the connection is
 * reset. `slow`: bytes come late, or few at a time. `half-open`: the connection stays open and nobody ever answers, as
 * when the other machine, or the way back, is gone. `refuse`: reset at once.
 */
export type Fault = 'pass' | 'cut-answer' | 'slow' | 'half-open' | 'refuse';

/** A fault with all that says how it is. */
export interface FaultDetails {
  /** Of `cut-answer`: bytes of the answer that still come; default none. */
  readonly afterBytes?: number;
  /** Of `slow`: how long each piece of an answer waits. */
  readonly delayMs?: number;
  /** Of `slow`: how fast requests and answers go. */
  readonly bytesPerSecond?: number;
  /** Of `half-open`: what never arrives; the request (default), or only the answer to it. */
  readonly lost?: 'request' | 'answer';
}

export interface Met extends FaultDetails {
  readonly fault: Fault;
}

export const PASS: Met = { fault: 'pass' };

const SLICES_PER_SECOND = 20;

export interface ConnectionOptions {
  readonly client: Socket;
  readonly upstream: Socket;
  /** The fault that a piece of a request meets; asked until there is one, and again after an answer. */
  readonly meet: (piece: Buffer) => Met;
  /** What is sent on for a piece of a request. */
  readonly rewrite: (piece: Buffer) => Buffer;
}

/** Carries one connection's bytes both ways, through whatever fault its requests meet. */
export class FaultConnection {
  private met: Met = PASS;
  private answered = 0;
  readonly closed: Promise<unknown>;

  constructor(private readonly options: ConnectionOptions) {
    const { client, upstream } = options;
    const closed = Promise.withResolvers<undefined>();
    this.closed = closed.promise;
    client.once('close', () => {
      closed.resolve(undefined);
      upstream.destroy();
    });
    const reset = (): void => {
      this.reset();
    };
    pipeline(client, () => this.requests(), upstream).catch(reset);
    pipeline(upstream, () => this.answers(), client).catch(reset);
  }

  /** Whether something was lost on it while it stayed open. */
  get isHalfOpen(): boolean {
    return this.met.fault === 'half-open';
  }

  reset(): void {
    const { client, upstream } = this.options;
    if (!client.destroyed) client.resetAndDestroy();
    upstream.destroy();
  }

  private async *requests(): AsyncGenerator<Buffer> {
    const { client, meet, rewrite } = this.options;
    for await (const piece of client as AsyncIterable<Buffer>) {
      // A fault lasts for its request: the pieces of its body are no requests of their own.
      if (this.answered > 0 && !this.isHalfOpen) this.met = PASS;
      this.answered = 0;
      if (this.met.fault === 'pass') this.met = meet(piece);
      if (this.met.fault === 'refuse') {
        this.reset();
        return;
      }
      const isLost = this.isHalfOpen && this.met.lost !== 'answer';
      if (!isLost) yield* this.paced(rewrite(piece));
    }
  }

  private async *answers(): AsyncGenerator<Buffer> {
    const { upstream, client } = this.options;
    for await (const piece of upstream as AsyncIterable<Buffer>) {
      const { fault, afterBytes = 0, delayMs = 0 } = this.met;
      const left = afterBytes - this.answered;
      this.answered += piece.length;
      if (this.isHalfOpen) continue;
      if (fault === 'cut-answer' && piece.length > left) {
        if (left > 0) await new Promise((sent) => client.write(piece.subarray(0, left), sent));
        this.reset();
        return;
      }
      if (delayMs > 0) await delay(delayMs);
      yield* this.paced(piece);
    }
    // Nobody hears that the other side has gone, either.
    if (this.isHalfOpen) await this.closed;
  }

  private async *paced(piece: Buffer): AsyncGenerator<Buffer> {
    const { bytesPerSecond } = this.met;
    if (bytesPerSecond === undefined) {
      yield piece;
      return;
    }
    const size = Math.ceil(bytesPerSecond / SLICES_PER_SECOND);
    for (let at = 0; at < piece.length; at += size) {
      await delay(1_000 / SLICES_PER_SECOND);
      yield piece.subarray(at, at + size);
    }
  }
}
