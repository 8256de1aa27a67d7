import { encodeKeyEvent, TOPICS, type OutgoingMessage } from '@keywatch/events';
import { EventProducer, Kafka } from '@keywatch/kafka';
import { generateTraffic, type TrafficOptions } from '@keywatch/traffic';
import type { BenchStack } from './stack.js';
import { until } from './waiting.js';

export const TOPIC = TOPICS.keyEvents.name;
const CHUNK = 5_000;
const DAY_SECONDS = 86_400;

export interface Played {
  readonly events: number;
  readonly bytes: number;
  readonly keys: number;
  readonly days: number;
  /** Planted anomalies, by the rule that should see them. */
  readonly planted: Readonly<Record<string, number>>;
}

/** A month of a company with 2,000 keys and all kinds of planted anomalies; about as many events as asked for. */
function month(events: number, endMs: number): TrafficOptions {
  const days = 30;
  return { seed: 7, keys: 2_000, days, endMs, ratePerSecond: events / (days * DAY_SECONDS) };
}

/** Plays exactly `events` generated key events into the topic. */
export async function play(
  stack: BenchStack,
  events: number,
  signal: AbortSignal,
): Promise<Played> {
  // A tenth more than needed: draws of keys that may not be used give no request.
  const options = month(events * 1.1, Date.now());
  const traffic = generateTraffic(options);
  const producer = new EventProducer(stack.client);
  await producer.connect();
  let sent = 0;
  let bytes = 0;
  let chunk: OutgoingMessage[] = [];
  const send = async (): Promise<void> => {
    signal.throwIfAborted();
    await producer.send(TOPIC, chunk);
    sent += chunk.length;
    chunk = [];
  };
  try {
    for (const event of traffic.events) {
      const message = encodeKeyEvent(event);
      bytes += Buffer.byteLength(message.value);
      chunk.push(message);
      if (chunk.length === CHUNK) await send();
      if (sent + chunk.length === events) break;
    }
    if (chunk.length > 0) await send();
  } finally {
    await producer.close();
  }
  if (sent !== events) throw new Error(`The traffic gave ${sent} events of ${events}.`);
  const planted: Record<string, number> = {};
  for (const { rule } of traffic.truth()) planted[rule] = (planted[rule] ?? 0) + 1;
  return { events, bytes, keys: options.keys, days: options.days, planted };
}

/** Where the topic's partitions end. */
export async function logEnds(stack: BenchStack): Promise<ReadonlyMap<number, number>> {
  const offsets = await stack.admin.fetchTopicOffsets(TOPIC);
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
}

/**
 * Waits until a consumer group has members that know what is theirs: consumption begins then. @returns when it was seen,
 * as performance.now() tells it
 */
export async function untilJoined(
  stack: BenchStack,
  group: string,
  signal: AbortSignal,
  why?: () => Promise<string> | string,
): Promise<number> {
  const options = { signal, everyMs: 10, stallMs: 60_000, ...(why === undefined ? {} : { why }) };
  // Without retries: before the first member comes there may be no coordinator, and an answer that waited for one would
  // come seconds after the group began to read.
  const admin = new Kafka({ ...stack.client, retry: { retries: 0 } }).admin();
  await admin.connect();
  try {
    return await until(`Joining of the group ${group}`, options, async (progress) => {
      const answer = await admin.describeGroups([group]).catch(() => undefined);
      const [found] = answer?.groups ?? [];
      progress(found?.members.length ?? 0);
      return found?.state === 'Stable' && found.members.length > 0 ? performance.now() : undefined;
    });
  } finally {
    await admin.disconnect();
  }
}

/** Forgets where a group was, once its members have left. */
export async function forgetGroup(
  stack: BenchStack,
  group: string,
  signal: AbortSignal,
): Promise<void> {
  await until(
    `Leaving of the group ${group}`,
    { signal, everyMs: 100, stallMs: 60_000 },
    async () => {
      const { groups } = await stack.admin.describeGroups([group]);
      return groups[0]?.state === 'Empty' || groups[0]?.state === 'Dead' ? true : undefined;
    },
  );
  await stack.admin.deleteGroups([group]);
}
