import type { AlertEvent } from '@keywatch/events';

/**
 * Alerts that were found and are not acknowledged by the broker yet. State that already counts their events must not
 * be stored before they are: a crash would then never find them again.
 */
export class AlertOutbox {
  private pending: AlertEvent[] = [];
  private sending = false;
  private failure: Error | undefined;
  private waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  get size(): number {
    return this.pending.length;
  }

  add(alerts: readonly AlertEvent[]): void {
    if (alerts.length > 0) this.pending.push(...alerts);
  }

  /** @throws what `publish` throws; the outbox is then void, and so is the state beside it. */
  async flush(publish: (alerts: readonly AlertEvent[]) => Promise<void>): Promise<void> {
    while (this.pending.length > 0) {
      const alerts = this.pending;
      this.pending = [];
      this.sending = true;
      try {
        await publish(alerts);
      } catch (error) {
        this.fail(error as Error);
        throw error;
      }
      this.sending = false;
    }
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  /** Whether all alerts of what was folded so far have arrived. */
  get isQuiet(): boolean {
    return this.pending.length === 0 && !this.sending && this.failure === undefined;
  }

  /** Resolves after the next flush; ask `isQuiet` again then. @throws once the outbox is void. */
  async quiet(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    await new Promise<void>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }

  /** The partition is given up: nobody waits any longer. */
  fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}
