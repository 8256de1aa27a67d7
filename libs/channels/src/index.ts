export {
  checkLiteralHost,
  ForbiddenAddressError,
  guardedLookup,
  isPublicAddress,
} from './address-guard.js';
export { notificationId, type Channel, type Delivery, type Notification } from './channel.js';
export { EmailChannel, type EmailOptions } from './channels/email.channel.js';
export { LogChannel } from './channels/log.channel.js';
export { noticeMail, type Mail } from './channels/notice-mail.js';
export { WebhookChannel, type WebhookOptions } from './channels/webhook.channel.js';
export { acknowledgeCommand, nextSteps, type NextSteps } from './next-steps.js';
export { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.js';
