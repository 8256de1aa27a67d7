/**
 * What a broker answers, in the words of kafkajs' `protocol/error.js`, while it starts or another takes over its work. kafkajs
 * asks again until it is ready.
 */
export const UNREADY_ANSWERS = [
  'The group coordinator is not available',
  "The coordinator is loading and hence can't process requests for this group",
  'This is not the correct coordinator for this group',
  'There is no leader for this topic-partition as we are in the middle of a leadership election',
  'This server is not the leader for that topic-partition',
  'This server does not host this topic-partition',
] as const;

/** A broker that starts is ready before this; so long nobody needs to hear of it. */
const PATIENCE_MS = 15_000;
/** Longer than kafkajs waits between two attempts (30 s): after so long without such an answer it was ready. */
const QUIET_MS = 90_000;

/** Tells a broker that is about to be ready from one that doesn't get there. */
export class UnreadyBroker {
  private sinceMs = 0;
  private lastMs = -Infinity;
  private told = false;

  /**
   * Notes such an answer.
   * @param nowMs ms since 1970
   * @returns for how many seconds there have been such answers, once, when that is long; undefined: nothing to tell
   */
  tellOf(nowMs: number): number | undefined {
    if (nowMs - this.lastMs > QUIET_MS) {
      this.sinceMs = nowMs;
      this.told = false;
    }
    this.lastMs = nowMs;
    const lastedMs = nowMs - this.sinceMs;
    if (this.told || lastedMs < PATIENCE_MS) return undefined;
    this.told = true;
    return Math.round(lastedMs / 1000);
  }
}
