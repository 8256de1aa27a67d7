import { setTimeout as delay } from 'node:timers/promises';
import {
  encodeKeyEvent,
  TOPICS,
  type OutgoingKeyEvent,
  type OutgoingMessage,
} from '@keywatch/events';
import { EventProducer, type KafkaConfig } from '@keywatch/kafka';
import { generateTraffic, liveTraffic, type TrafficOptions } from '@keywatch/traffic';

const CHUNK = 2000;
const DAY_SECONDS = 86_400;

/** A month of a small company, as many events as asked for, ending now. */
export function demoTraffic(events: number, seed: number, endMs: number): TrafficOptions {
  const days = 30;
  return { seed, keys: 300, days, endMs, ratePerSecond: events / (days * DAY_SECONDS) };
}

export interface Played {
  readonly produced: number;
  readonly seconds: number;
}

/** Plays generated traffic into the key-events topic, acknowledged by all replicas. */
export async function playTraffic(
  client: KafkaConfig,
  options: TrafficOptions,
  signal: AbortSignal,
  onProgress: (produced: number) => void,
): Promise<Played> {
  const producer = new EventProducer(client);
  await producer.connect();
  const started = performance.now();
  let produced = 0;
  try {
    let chunk: OutgoingMessage[] = [];
    const send = async (): Promise<void> => {
      signal.throwIfAborted();
      await producer.send(TOPICS.keyEvents.name, chunk);
      produced += chunk.length;
      chunk = [];
      onProgress(produced);
    };
    for (const event of generateTraffic(options).events) {
      chunk.push(encodeKeyEvent(event));
      if (chunk.length === CHUNK) await send();
    }
    if (chunk.length > 0) await send();
  } finally {
    await producer.close();
  }
  return { produced, seconds: (performance.now() - started) / 1000 };
}

/** Traffic as time goes by, until the signal. */
export async function trickle(
  client: KafkaConfig,
  history: TrafficOptions,
  ratePerSecond: number,
  signal: AbortSignal,
): Promise<void> {
  const producer = new EventProducer(client);
  await producer.connect();
  const live = liveTraffic({ seed: history.seed, keys: history.keys, ratePerSecond, history });
  try {
    while (!signal.aborted) {
      const due: OutgoingKeyEvent[] = live.next(Date.now());
      if (due.length > 0) await producer.send(TOPICS.keyEvents.name, due.map(encodeKeyEvent));
      await delay(1000, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await producer.close();
  }
}
