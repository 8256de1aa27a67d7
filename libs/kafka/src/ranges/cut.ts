import type { KafkaMessage } from 'kafkajs';

/** How large one insert may become: well under the engine's block limits, so that it is one block. */
export interface RangeLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** 50,000 rows an insert and more are cheap; one block takes 10 times as much. */
export const RANGE_LIMITS: RangeLimits = { messages: 200_000, bytes: 32 * 1024 * 1024 };

/** What a message object takes beside its bytes: counted so that floods of empty messages are bounded, too. */
const MESSAGE_OVERHEAD = 64;

/** Bytes of a message as they count for limits and budgets. */
export function messageBytes(message: KafkaMessage): number {
  return (message.value?.length ?? 0) + (message.key?.length ?? 0) + MESSAGE_OVERHEAD;
}

export function totalBytes(messages: readonly KafkaMessage[]): number {
  let bytes = 0;
  for (const message of messages) bytes += messageBytes(message);
  return bytes;
}

/**
 * Index after the last message of the longest run from `start` that is within the limits. At least one message: a
 * single one that is larger than the limit is a range of its own.
 */
export function cutAt(
  messages: readonly KafkaMessage[],
  start: number,
  limits: RangeLimits,
): number {
  const last = Math.min(messages.length, start + limits.messages);
  let bytes = 0;
  let end = start;
  for (let message = messages[end]; end < last && message !== undefined; message = messages[end]) {
    bytes += messageBytes(message);
    if (bytes > limits.bytes && end > start) return end;
    end += 1;
  }
  return end;
}
