import type { StoredDeadLetter } from '@keywatch/clickhouse';
import {
  decodeAlertEvent,
  decodeDeliveryEvent,
  decodeKeyEvent,
  TOPICS,
  type Decoded,
  type LogMessage,
} from '@keywatch/events';

/** How often one message may go round. */
export const MAX_REPLAYS = 3;

/** Headers of a replayed message: the dead letter it was, why it was one, and how often it has gone round. */
export const REPLAY_HEADERS = {
  from: 'keywatch-replayed-from',
  reason: 'keywatch-replay-reason',
  count: 'keywatch-replay-count',
} as const;

export type ReplayDecision =
  | { readonly replay: true; readonly replays: number }
  | { readonly replay: false; readonly why: string };

/** The message as the log has it. */
export interface Original extends LogMessage {
  readonly timestamp: string;
}

type Decode = (message: LogMessage) => Decoded<unknown>;

const DECODE: Readonly<Record<string, Decode>> = {
  [TOPICS.keyEvents.name]: decodeKeyEvent,
  [TOPICS.alertEvents.name]: decodeAlertEvent,
  [TOPICS.deliveryEvents.name]: decodeDeliveryEvent,
};

/**
 * Whether a dead letter is published again. Pure: the same letter and message give the same answer.
 * @param original undefined: the log doesn't have it any more
 * @param force also where it will fail again, or has failed again as before; never more than MAX_REPLAYS times
 */
export function replayDecision(
  letter: StoredDeadLetter,
  original: Original | undefined,
  force: boolean,
): ReplayDecision {
  if (original === undefined) {
    return no('the log does not have it any more; what is stored of it is cut and redacted');
  }
  if (Number(original.timestamp) !== letter.logTimeMs) {
    return no('the log has another message there: its topic was created anew');
  }
  if (letter.reason === 'rejected-line') {
    return no(
      'it tells of a line of a file: mend the line or the mapping, and import the file again',
    );
  }
  if (letter.reason === 'secret-in-payload') {
    return no('it holds a secret, which must not go into the log again');
  }
  const count = Number(headerOf(original, REPLAY_HEADERS.count) ?? 0);
  const replays = (Number.isSafeInteger(count) && count > 0 ? count : 0) + 1;
  if (replays > MAX_REPLAYS) return no(`it has been replayed ${MAX_REPLAYS} times`);
  if (force) return { replay: true, replays };
  if (headerOf(original, REPLAY_HEADERS.reason) === letter.reason) {
    return no(
      `it was replayed and failed again as before (${letter.reason}); --force tries once more`,
    );
  }
  const decoded = DECODE[letter.topic]?.(original);
  if (decoded === undefined) return no('its topic is not one that Keywatch reads');
  if (decoded.kind === 'dead-letter') {
    return no(`it would fail again: ${decoded.error}; --force replays it all the same`);
  }
  return { replay: true, replays };
}

const no = (why: string): ReplayDecision => ({ replay: false, why });

function headerOf({ headers }: LogMessage, name: string): string | undefined {
  const value = headers?.[name];
  return (Array.isArray(value) ? value[0] : value)?.toString();
}
