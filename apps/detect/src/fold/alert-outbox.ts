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

  /** Resolves while nothing is pending; what runs first then sees states whose alerts have all arrived. */
  async quiet(): Promise<void> {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      if (this.pending.length === 0 && !this.sending) return;
      await new Promise<void>((resolve, reject) => {
        this.waiting.push({ resolve, reject });
      });
    }
  }

  /** The partition is given up: nobody waits any longer. */
  fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}
