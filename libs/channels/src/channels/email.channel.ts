import { createTransport, type Transporter } from 'nodemailer';
import type { Channel, Delivery, Notification } from '../channel.js';
import { noticeMail } from './notice-mail.js';

export interface EmailOptions {
  /** smtp:// or smtps://, with user and password where the server wants them. */
  readonly smtpUrl: string;
  readonly from: string;
  /** Bound of connecting, greeting and every silence on the wire, in ms. */
  readonly timeoutMs?: number;
}

/** Mails owners: one message per owner and sweep. A message told again carries the same Message-ID. */
export class EmailChannel implements Channel {
  readonly id = 'email';
  private readonly transport: Transporter;

  constructor(private readonly options: EmailOptions) {
    const timeoutMs = options.timeoutMs ?? 20_000;
    this.transport = createTransport(
      {
        url: options.smtpUrl,
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      },
      { from: options.from },
    );
  }

  takes(notification: Notification): boolean {
    return notification.kind === 'owner-notice';
  }

  target(notification: Notification): string {
    return notification.kind === 'owner-notice' ? notification.notice.owner.email : '';
  }

  async deliver(notification: Notification): Promise<Delivery> {
    if (notification.kind !== 'owner-notice')
      return { kind: 'give-up', status: 0, error: 'mail tells owners only' };
    const { notice } = notification;
    if (!isOneAddress(notice.owner.email)) {
      return { kind: 'give-up', status: 0, error: 'the owner has no usable e-mail address' };
    }
    try {
      await this.transport.sendMail({
        // As an object: an address list hidden in the text would be split by the mailer.
        to: { name: '', address: notice.owner.email },
        messageId: `<${notice.noticeId}@keywatch>`,
        headers: { 'auto-submitted': 'auto-generated' },
        ...noticeMail(notice),
      });
      return { kind: 'sent', status: 250 };
    } catch (error) {
      const { responseCode = 0, message } = error as Error & { responseCode?: number };
      // RFC 5321, 4.2.1: 5yz is a permanent refusal; 4yz, and no answer at all, may change.
      return {
        kind: responseCode >= 500 ? 'give-up' : 'retry',
        status: responseCode,
        error: message.slice(0, 500),
      };
    }
  }

  close(): Promise<void> {
    this.transport.close();
    return Promise.resolve();
  }
}

function isOneAddress(text: string): boolean {
  return /^[^\s@,;<>"()[\]\\]+@[^\s@,;<>"()[\]\\]+$/.test(text);
}
