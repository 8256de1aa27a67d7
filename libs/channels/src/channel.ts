import type { AlertEvent, OwnerNotice } from '@keywatch/events';

/** Something a person is to be told. */
export type Notification =
  | { readonly kind: 'alert'; readonly event: AlertEvent }
  | { readonly kind: 'owner-notice'; readonly notice: OwnerNotice };

/**
 * What became of one attempt. `retry` is for what may change (the other side is away or busy), `give-up` for an
 * answer that will not (the address is gone, the message is refused). `status`: HTTP or SMTP code, 0 where there was
 * no answer. `afterMs`: how long the other side asks us to wait.
 */
export type Delivery =
  | { readonly kind: 'sent'; readonly status: number }
  | {
      readonly kind: 'retry';
      readonly status: number;
      readonly error: string;
      readonly afterMs?: number;
    }
  | { readonly kind: 'give-up'; readonly status: number; readonly error: string };

/** A way to people. It only says sent, retry or give up; retries, grouping and silence live outside it. */
export interface Channel {
  readonly id: string;
  /** Whether this channel tells this kind of thing at all. */
  takes(notification: Notification): boolean;
  /** Where it would go, without credentials. */
  target(notification: Notification): string;
  /** One attempt, bounded in time. Never throws. */
  deliver(notification: Notification, signal: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}

/** Id that stays the same when a notification is told again: receivers drop what they know. */
export function notificationId(notification: Notification): string {
  return notification.kind === 'alert' ? notification.event.id : notification.notice.noticeId;
}
