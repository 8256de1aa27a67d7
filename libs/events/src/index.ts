export {
  ALERT_ACTION,
  ALERT_ACTIONS,
  alertActionType,
  alertReference,
  encodeAlertAction,
  MAX_ACTOR,
  MAX_WHY,
  type AlertAction,
  type AlertActionEvent,
  type AlertActionName,
} from './alert-action.js';
export * from './alert-event.js';
export * from './alert-log.js';
export * from './decode.js';
export * from './delivery-event.js';
export * from './encode.js';
export * from './filed-time.js';
export * from './identity.js';
export * from './key-event.js';
export * from './offsets-in-words.js';
export * from './outcome.js';
export * from './owner-notice.js';
export * from './reader-progress.js';
export * from './rejected-line.js';
export * from './secrets.js';
export {
  encodeSilenceEvent,
  MAX_SILENCE_DAYS,
  SILENCE,
  SILENCE_END,
  SILENCE_MATCHERS,
  silenceProblems,
  type Silence,
  type SilenceEnd,
  type SilenceEvent,
  type SilenceMatchers,
} from './silence-event.js';
export * from './topics.js';
export * from './watermark.js';
export { jsonSchemaOf } from './validators.js';
