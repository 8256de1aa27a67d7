import type { Log } from '@keywatch/platform';
import type { Channel, Delivery, Notification } from '../channel.js';
import { nextSteps } from '../next-steps.js';

/** Tells alerts to the log, one line each: the channel that needs no setting. */
export class LogChannel implements Channel {
  readonly id = 'log';

  /** @param runbooks where runbooks lie; default: in the project */
  constructor(
    private readonly log: Log,
    private readonly runbooks?: string,
  ) {}

  takes(notification: Notification): boolean {
    return notification.kind === 'alert';
  }

  target(): string {
    return 'log';
  }

  deliver(notification: Notification): Promise<Delivery> {
    if (notification.kind === 'alert') {
      const { alert } = notification.event;
      const { runbook, acknowledge } = nextSteps(alert, this.runbooks);
      this.log.warn(
        {
          alertId: alert.alertId,
          rule: alert.rule,
          severity: alert.severity,
          tenant: alert.tenantId,
          key: alert.keyId,
          runbook,
          acknowledge,
        },
        `ALERT ${alert.title}: ${alert.sentence}`,
      );
    }
    return Promise.resolve({ kind: 'sent', status: 0 });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
