import { setTimeout as delay } from 'node:timers/promises';
import {
  notificationId,
  type Channel,
  type Delivery as Attempt,
  type Notification,
} from '@keywatch/channels';
import {
  decodeAlertEvent,
  decodeOwnerNotice,
  DELIVERY_ATTEMPTED,
  type Delivery,
  type LogMessage,
} from '@keywatch/events';
import type { Clock, Log } from '@keywatch/platform';
import { backoffMs } from './backoff.js';
import type { Deliveries } from './deliveries.js';
import { alertsOf, severityOf, skipOf, toldId, type Skip, type Told } from './policy.js';

/** What the notifier needs of the partition it works on. */
export interface Partition {
  /** Whether this member still owns the partition. */
  isCurrent(): boolean;
  heartbeat(): Promise<void>;
}

export interface NotifierOptions {
  readonly channel: Channel;
  readonly told: Told;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxAgeMs: number;
  readonly heartbeatMs?: number;
  readonly random?: () => number;
  readonly onAttempt?: (outcome: Delivery['outcome']) => void;
  readonly onSkip?: (reason: Skip) => void;
}

const OUTCOMES = { sent: 'sent', retry: 'retry', 'give-up': 'gave-up' } as const;

/**
 * Tells the notifications of one channel, in order. What may pass is tried again for as long as it takes: a message
 * may come twice, with the same id, never not at all. Only a refusal for good is given up, and recorded.
 */
export class Notifier {
  private readonly stop = new AbortController();
  /** Why the channel is stuck at the moment; empty while it works. */
  trouble = '';

  constructor(private readonly options: NotifierOptions) {}

  get channelId(): string {
    return this.options.channel.id;
  }

  /** @returns whether somebody was told. @throws where the partition was lost: the message then comes again. */
  async handle(message: LogMessage, partition: Partition): Promise<boolean> {
    const notification = read(message);
    const { channel, told, clock, maxAgeMs, onSkip } = this.options;
    if (notification === undefined || !channel.takes(notification)) return false;
    const skip = skipOf(notification, told, clock.now(), maxAgeMs);
    if (skip !== undefined) {
      onSkip?.(skip);
      return false;
    }
    return this.tell(notification, partition);
  }

  /** Ends waits and attempts under way; what was not told comes again. */
  close(): void {
    this.stop.abort();
  }

  private async tell(notification: Notification, partition: Partition): Promise<boolean> {
    const { channel, told, log } = this.options;
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.whileBeating(
        partition,
        channel.deliver(notification, this.stop.signal),
      );
      this.mustOwn(partition);
      await this.record(notification, attempt, result);
      if (result.kind === 'sent') {
        this.trouble = '';
        told.add(toldId(notification), severityOf(notification));
        return true;
      }
      if (result.kind === 'give-up') {
        log.error(
          { channel: channel.id, id: notificationId(notification), status: result.status },
          `could not tell: ${result.error}`,
        );
        return false;
      }
      const waitMs = backoffMs(attempt, result.afterMs, this.options.random);
      this.trouble = `${channel.id}: ${result.error}, attempt ${attempt}`;
      log.warn({ channel: channel.id, attempt, waitMs }, `will try again: ${result.error}`);
      await this.whileBeating(partition, delay(waitMs, undefined, { signal: this.stop.signal }));
      this.mustOwn(partition);
    }
  }

  private async record(
    notification: Notification,
    attempt: number,
    result: Attempt,
  ): Promise<void> {
    const { channel, clock, deliveries, onAttempt } = this.options;
    const [first] = alertsOf(notification);
    const at = new Date(clock.now()).toISOString();
    const outcome = OUTCOMES[result.kind];
    onAttempt?.(outcome);
    await deliveries.record(
      `${DELIVERY_ATTEMPTED}:${channel.id}:${notificationId(notification)}:${at}:${attempt}`,
      {
        alertId: toldId(notification),
        severity: severityOf(notification),
        rule: first?.rule ?? '',
        tenantId: first?.tenantId ?? '',
        channel: channel.id,
        target: channel.target(notification),
        attempt,
        outcome,
        status: result.status,
        error: result.kind === 'sent' ? '' : result.error.slice(0, 1024),
        at,
      },
    );
  }

  /** Keeps the membership while something takes long. */
  private async whileBeating<T>(partition: Partition, work: Promise<T>): Promise<T> {
    const beating = new AbortController();
    const beat = async (): Promise<never> => {
      for (;;) {
        await delay(this.options.heartbeatMs ?? 2000, undefined, { signal: beating.signal });
        await partition.heartbeat();
        this.mustOwn(partition);
      }
    };
    try {
      return await Promise.race([work, beat()]);
    } finally {
      beating.abort();
    }
  }

  private mustOwn(partition: Partition): void {
    if (!partition.isCurrent()) throw new Error('the partition went to another member');
  }
}

function read(message: LogMessage): Notification | undefined {
  const alert = decodeAlertEvent(message);
  if (alert.kind === 'ok') return { kind: 'alert', event: alert.event };
  // What can't be read at all is ingest's to record.
  if (alert.kind !== 'drop') return undefined;
  const notice = decodeOwnerNotice(message);
  return notice.kind === 'ok' ? { kind: 'owner-notice', notice: notice.event } : undefined;
}
