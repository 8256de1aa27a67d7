import { DELIVERY_OUTCOMES } from '@keywatch/events';
import { Counter, type Registry } from '@keywatch/platform';
import { SKIPS } from './policy.js';

/** What notify counts; no key or tenant as a label. */
export class NotifyMetrics {
  readonly attempts: Counter;
  readonly skips: Counter;

  /** @param channels by id: each is shown from the start, so that its first failure is an increase */
  constructor(registry: Registry, channels: readonly string[]) {
    this.attempts = new Counter({
      name: 'keywatch_delivery_attempts_total',
      help: 'Attempts to tell people, by channel and outcome',
      labelNames: ['channel', 'outcome'],
      registers: [registry],
    });
    for (const channel of channels)
      for (const outcome of DELIVERY_OUTCOMES) this.attempts.inc({ channel, outcome }, 0);
    this.skips = new Counter({
      name: 'keywatch_notifications_skipped_total',
      help: 'Notifications that were not told, by channel and reason',
      labelNames: ['channel', 'reason'],
      registers: [registry],
    });
    for (const channel of channels)
      for (const reason of SKIPS) this.skips.inc({ channel, reason }, 0);
  }
}
