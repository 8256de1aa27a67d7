import type { OutgoingMessage } from '@keywatch/events';

/**
 * A broker refuses a batch beyond 1,048,588 bytes (its message.max.bytes) for good, and a producer makes one batch of
 * everything for one partition: a few hundred large events of one key would never get in.
 */
export const REQUEST_BYTES = 1_000_000;
/** Offset, lengths, the header's name and value: what a record takes beside its key and value, rounded up. */
const RECORD_BYTES = 128;

/** The messages in order, as lists of at most `limit` bytes; a larger message stands alone. */
export function* inRequests(
  messages: readonly OutgoingMessage[],
  limit = REQUEST_BYTES,
): Generator<OutgoingMessage[]> {
  let some: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value) + Buffer.byteLength(message.key) + RECORD_BYTES;
    if (some.length > 0 && bytes + size > limit) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(message);
    bytes += size;
  }
  if (some.length > 0) yield some;
}
