import { mayPass } from './errors.js';

/** The membership must be kept while a range is built and written; kafkajs sends at most one per its own interval. */
const INTERVAL_MS = 1_000;

/** After the group has begun to rebalance, a range in flight has this long to end before it is given up. */
const REBALANCE_GRACE_MS = 20_000;

export interface Heartbeats {
  /** Aborted when the membership is lost. */
  readonly signal: AbortSignal;
  /** A heartbeat has failed: begin nothing new. */
  readonly failed: boolean;
}

export interface HeartbeatOptions {
  readonly intervalMs?: number;
  readonly rebalanceGraceMs?: number;
}

/**
 * Runs `work` with heartbeats beside it. A failed heartbeat ends the work: at once where the member is out of the
 * group, after a grace where the group only rebalances (its members are waited for). The heartbeat's error is thrown
 * in the end, so that kafkajs joins again.
 */
export async function withHeartbeats<T>(
  heartbeat: () => Promise<void>,
  outer: AbortSignal,
  work: (heartbeats: Heartbeats) => Promise<T>,
  options: HeartbeatOptions = {},
): Promise<T> {
  const lost = new AbortController();
  const state = { signal: AbortSignal.any([outer, lost.signal]), failed: false };
  let failure: unknown;
  let grace: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    if (state.failed) return;
    heartbeat().catch((error: unknown) => {
      state.failed = true;
      failure = error;
      if (!isRebalance(error)) lost.abort(error);
      else {
        grace = setTimeout(() => {
          lost.abort(error);
        }, options.rebalanceGraceMs ?? REBALANCE_GRACE_MS);
      }
    });
  }, options.intervalMs ?? INTERVAL_MS);
  timer.unref();
  try {
    const result = await work(state);
    if (failure === undefined) return result;
  } catch (error) {
    // Work that was given up fails in ways of its own; what must end the process stays what it is.
    if (failure === undefined || !mayPass(error)) throw error;
  } finally {
    clearInterval(timer);
    clearTimeout(grace);
  }
  throw failure as Error;
}

function isRebalance(error: unknown): boolean {
  return (error as { type?: unknown } | undefined)?.type === 'REBALANCE_IN_PROGRESS';
}
