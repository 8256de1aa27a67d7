import { Agent, fetch } from 'undici';
import { Webhook } from 'standardwebhooks';
import { checkLiteralHost, ForbiddenAddressError, guardedLookup } from '../address-guard.js';
import { notificationId, type Channel, type Delivery, type Notification } from '../channel.js';
import { nextSteps } from '../next-steps.js';
import { retryAfterMs } from '../retry-after.js';

export interface WebhookOptions {
  readonly url: string;
  /** `whsec_` and base64, as Standard Webhooks gives it. */
  readonly secret: string;
  /** Whether loopback and private networks are allowed. */
  readonly allowPrivate: boolean;
  /** Where runbooks lie; default: in the project. */
  readonly runbooks?: string | undefined;
  /** Bound of one attempt in ms. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** Answers that may change when asked again (RFC 9110, RFC 6585); every other 4xx will not. */
const RETRIED = new Set([408, 425, 429]);

/**
 * Posts alerts as JSON, signed after Standard Webhooks; `webhook-id` stays the same when an alert is told again. `data`
 * is the alert as the log has it, with its evidence; `next` what to do about it.
 */
export class WebhookChannel implements Channel {
  readonly id = 'webhook';
  private readonly url: URL;
  private readonly signer: Webhook;
  private readonly agent: Agent;
  private readonly now: () => number;

  /** @throws Error where address or secret can't be used. */
  constructor(private readonly options: WebhookOptions) {
    this.url = new URL(options.url);
    if (this.url.protocol !== 'https:' && this.url.protocol !== 'http:') {
      throw new Error('the address of the webhook must start with https:// or http://');
    }
    if (!options.allowPrivate) checkLiteralHost(this.url);
    this.signer = new Webhook(options.secret);
    this.agent = new Agent({
      connect: options.allowPrivate ? {} : { lookup: guardedLookup() },
      // A wait for an answer ends with the attempt, not with the agent's own five minutes.
      bodyTimeout: 0,
      headersTimeout: 0,
    });
    this.now = options.now ?? Date.now;
  }

  takes(notification: Notification): boolean {
    return notification.kind === 'alert';
  }

  target(): string {
    return `${this.url.protocol}//${this.url.host}${this.url.pathname}`;
  }

  async deliver(notification: Notification, signal: AbortSignal): Promise<Delivery> {
    if (notification.kind !== 'alert')
      return { kind: 'give-up', status: 0, error: 'webhooks tell alerts only' };
    const { alert } = notification.event;
    const id = notificationId(notification);
    const at = new Date(this.now());
    const body = JSON.stringify({
      type: 'alert.raised',
      timestamp: alert.detectedAt,
      data: alert,
      next: nextSteps(alert, this.options.runbooks),
    });
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        redirect: 'manual',
        dispatcher: this.agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.options.timeoutMs ?? 10_000)]),
        body,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'keywatch',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': this.signer.sign(id, at, body),
        },
      });
      await response.body?.cancel();
      return this.deliveryOf(response.status, response.headers.get('retry-after'));
    } catch (error) {
      return failure(error);
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private deliveryOf(status: number, retryAfter: string | null): Delivery {
    if (status >= 200 && status < 300) return { kind: 'sent', status };
    const error = `answered ${status}`;
    if (status >= 500 || RETRIED.has(status)) {
      const afterMs = retryAfterMs(retryAfter, this.now());
      return { kind: 'retry', status, error, ...(afterMs === undefined ? {} : { afterMs }) };
    }
    // A redirect could lead anywhere, private networks included: it is an answer, not a way.
    return { kind: 'give-up', status, error };
  }
}

function failure(error: unknown): Delivery {
  const cause = (error as Error).cause ?? error;
  if (cause instanceof ForbiddenAddressError)
    return { kind: 'give-up', status: 0, error: cause.message };
  const timedOut = (error as Error).name === 'TimeoutError';
  return {
    kind: 'retry',
    status: 0,
    error: timedOut ? 'no answer in time' : (cause as Error).message,
  };
}
