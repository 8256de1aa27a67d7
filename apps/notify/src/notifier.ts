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
} from '@keywatch/events';
import type { KafkaMessage } from '@keywatch/kafka';
import type { Clock, Log } from '@keywatch/platform';
import { backoffMs } from './backoff.js';
import type { Deliveries } from './deliveries.js';
import type { PeopleNews } from './alert-log.js';
import type { People } from './people.js';
import {
  ageSkip,
  alertsOf,
  judge,
  severityOf,
  toldId,
  type Judgement,
  type Skip,
} from './policy.js';
import type { Told } from './told.js';

/** What the notifier needs of the partition it works on. */
export interface Partition {
  /** Whether this member still owns the partition. */
  isCurrent(): boolean;
  heartbeat(): Promise<void>;
}

/** A message of the alert log with its log time. */
export type Message = Pick<KafkaMessage, 'value' | 'headers' | 'timestamp'>;

export interface NotifierOptions {
  readonly channel: Channel;
  readonly told: Told;
  readonly people: People;
  readonly news: PeopleNews;
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
 * may come twice, with the same id, never not at all. Only a refusal for good is given up, and recorded. What people have
 * silenced or taken over is not told; judged anew before each attempt.
 */
export class Notifier {
  private readonly stop = new AbortController();
  /** Why the channel is stuck at the moment; empty while it works. */
  trouble = '';

  constructor(private readonly options: NotifierOptions) {}

  get channelId(): string {
    return this.options.channel.id;
  }

  /**
   * @param receivedMs moment by `performance.now()` at or after which the message was received
   * @returns whether somebody was told. @throws where the partition was lost: the message then comes again.
   */
  async handle(
    message: Message,
    partition: Partition,
    receivedMs = performance.now(),
  ): Promise<boolean> {
    const notification = read(message);
    if (notification === undefined || !this.options.channel.takes(notification)) return false;
    return this.tell(notification, Number(message.timestamp), partition, receivedMs);
  }

  /** Ends waits and attempts under way; what was not told comes again. */
  close(): void {
    this.stop.abort();
  }

  private async tell(
    whole: Notification,
    loggedMs: number,
    partition: Partition,
    receivedMs: number,
  ): Promise<boolean> {
    const { channel, told, clock, log } = this.options;
    let knownMs = receivedMs;
    for (let attempt = 1; ; attempt += 1) {
      // Before each attempt: meanwhile somebody may have taken the alert over.
      const judgement = await this.judgementOf(whole, loggedMs, partition, knownMs);
      this.showLeftOut(judgement);
      if (judgement.kind === 'skip') {
        this.trouble = '';
        this.options.onSkip?.(judgement.reason);
        return false;
      }
      const { notification } = judgement;
      const result = await this.whileBeating(
        partition,
        channel.deliver(notification, this.stop.signal),
      );
      this.mustOwn(partition);
      await this.record(notification, attempt, result);
      if (result.kind === 'sent') {
        this.trouble = '';
        told.add(toldId(notification), severityOf(notification), Math.max(clock.now(), loggedMs));
        return true;
      }
      if (result.kind === 'give-up') {
        log.error(
          { channel: channel.id, id: notificationId(notification), status: result.status },
          `could not tell: ${result.error}`,
        );
        return false;
      }
      await this.pause(attempt, result.error, partition, result.afterMs);
      knownMs = performance.now();
    }
  }

  /** Waits for what people have asked for to be known: nobody is told without. */
  private async judgementOf(
    notification: Notification,
    loggedMs: number,
    partition: Partition,
    knownMs: number,
  ): Promise<Judgement> {
    const { told, people, news, clock, maxAgeMs } = this.options;
    const tooOld = ageSkip(notification, clock.now(), maxAgeMs);
    if (tooOld !== undefined) return { kind: 'skip', reason: tooOld, leftOut: [] };
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.whileBeating(
        partition,
        news.knownSince(knownMs).then(
          () => undefined,
          (error: unknown) => error as Error,
        ),
      );
      if (failure === undefined) return judge(notification, loggedMs, people, told);
      const error = `silences can't be read: ${failure.message}`;
      await this.pause(attempt, error, partition);
    }
  }

  private showLeftOut({ kind, leftOut }: Judgement): void {
    const { channel, log } = this.options;
    for (const out of leftOut) {
      const { alertId, reason, by, why, silenceId } = out;
      log.info(
        { channel: channel.id, alertId, by, ...(silenceId === undefined ? {} : { silenceId }) },
        `${kind === 'skip' ? 'not told' : 'left out of the notice'}, ${reason}: ${why}`,
      );
    }
  }

  private async pause(
    attempt: number,
    error: string,
    partition: Partition,
    afterMs?: number,
  ): Promise<void> {
    const { channel, log, random } = this.options;
    const waitMs = backoffMs(attempt, afterMs, random);
    this.trouble = `${channel.id}: ${error}, attempt ${attempt}`;
    log.warn({ channel: channel.id, attempt, waitMs }, `will try again: ${error}`);
    await this.whileBeating(partition, delay(waitMs, undefined, { signal: this.stop.signal }));
    this.mustOwn(partition);
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

function read(message: Message): Notification | undefined {
  const alert = decodeAlertEvent(message);
  if (alert.kind === 'ok') return { kind: 'alert', event: alert.event };
  // What can't be read at all is ingest's to record.
  if (alert.kind !== 'drop') return undefined;
  const notice = decodeOwnerNotice(message);
  return notice.kind === 'ok' ? { kind: 'owner-notice', notice: notice.event } : undefined;
}
