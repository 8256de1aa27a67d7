import type { KafkaMessage } from 'kafkajs';
import { RangeFault } from './errors.js';
import type { OpenRange } from './partition-state.js';
import type { RangeContext } from './ports.js';
import { crcOf, type RangeCrc } from './range-crc.js';
import { nameOf, type MessageRange, type Range } from './range.js';

/**
 * Adds what the batch has of an announced range to what was collected of it. Messages that were delivered again take
 * the place of those collected before.
 * @returns index after the range's last message in the batch; undefined where the next fetch must bring more
 */
export function collect(open: OpenRange, context: RangeContext, at: number): number | undefined {
  const { messages } = context;
  const { range } = open;
  const [from, to] = [Number(range.from), Number(range.to)];
  let start = at;
  while (start < messages.length && offsetOf(messages, start) < from) start += 1;
  let end = start;
  while (end < messages.length && offsetOf(messages, end) < to) end += 1;
  const first = start < end ? offsetOf(messages, start) : to;
  const kept = open.collected.filter(({ offset }) => Number(offset) < first);
  const added = messages.slice(start, end);
  // The count decides, not only the end: control records behind the last message may never be handed to us.
  const complete = kept.length + added.length >= range.n || isOver(context, end, range.to);
  open.collected = kept.concat(complete ? added : added.map(detached));
  return complete ? end : undefined;
}

/** Whether the batch reaches the end of the range. */
function isOver(context: RangeContext, end: number, to: bigint): boolean {
  return end < context.messages.length || context.end >= to;
}

function offsetOf(messages: readonly KafkaMessage[], index: number): number {
  return Number(messages[index]?.offset);
}

/** A message's bytes are slices of a whole fetch, other partitions included; kept over fetches they are copied. */
function detached(message: KafkaMessage): KafkaMessage {
  const copy = { ...message };
  if (copy.key !== null) copy.key = Buffer.from(copy.key);
  if (copy.value !== null) copy.value = Buffer.from(copy.value);
  return copy;
}

/** @throws RangeFault where the messages are not those that were announced */
export function verified(range: Range, messages: readonly KafkaMessage[]): RangeCrc {
  const found = crcOf(messages);
  if (messages.length !== range.n || found.crc !== range.crc) {
    throw new RangeFault(
      `The range ${nameOf(range)} was announced with ${range.n} messages (CRC ${range.crc.toString(36)}), but the log has ${messages.length} there (CRC ${found.crc.toString(36)}): it is not the log that was announced. Was the topic created again? Then say so with \`keywatch topics adopt ${range.topic} --note WHY\`; else give the range up with \`keywatch ranges abandon ${range.topic} ${range.partition} ${range.from} ${range.to} --note WHY\`.`,
    );
  }
  return found;
}

/** The range of messages `at` to `end` of a batch. The last range of a batch covers its control records, too. */
export function rangeOf(
  topic: string,
  partition: number,
  from: bigint,
  context: RangeContext,
  at: number,
  end: number,
): MessageRange {
  const messages = context.messages.slice(at, end);
  const last = messages.at(-1);
  if (last === undefined) throw new Error('A range has at least one message.');
  const to = end === context.messages.length ? context.end : BigInt(last.offset) + 1n;
  return { topic, partition, from, to, n: messages.length, ...crcOf(messages), messages };
}
