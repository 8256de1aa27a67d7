import { setTimeout as delay } from 'node:timers/promises';
import { encodeKeyEvent, type OutgoingMessage } from '@keywatch/events';
import { EventProducer } from '@keywatch/kafka';
import { liveTraffic } from '@keywatch/traffic';
import type { BenchStack } from '../kit/stack.js';
import { TOPIC } from '../kit/topic.js';
import { homeOf, keyIdOf, strayOf } from './planted-keys.js';
import type { Sent } from './row-latency.js';

export interface LoadOptions {
  /** Key events per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Keys that are used in a second environment, spread evenly over the time. */
  readonly planted: number;
}

export interface Load {
  /** Messages of the timed part. */
  readonly events: number;
  readonly seconds: number;
  readonly sent: readonly Sent[];
  /** By planted key: when its stray use was sent, as performance.now() tells it. */
  readonly strayAt: ReadonlyMap<string, number>;
  /** From each request until the broker's acknowledgement, in ms. */
  readonly acknowledged: readonly number[];
}

const KEYS = 2_000;
const TICK_MS = 10;
/** Beyond it the load waits for the broker: it then isn't the load that was asked for, and the figures say so. */
const MOST_IN_FLIGHT = 100;

/**
 * Sends events as services do: small requests, each as soon as its events happened, without waiting for the last one's
 * answer. What was before (keys that are issued, and used at home) is sent first and not timed.
 */
export async function steadyLoad(
  stack: BenchStack,
  { rate, seconds, planted }: LoadOptions,
  signal: AbortSignal,
): Promise<Load> {
  const producer = new EventProducer(stack.client);
  await producer.connect();
  const live = liveTraffic({ seed: 11, keys: KEYS, ratePerSecond: rate });
  const sent: Sent[] = [];
  const strayAt = new Map<string, number>();
  const acknowledged: number[] = [];
  const flying = new Set<Promise<void>>();
  let events = 0;

  async function send(messages: OutgoingMessage[], strays: readonly string[]): Promise<void> {
    const at = performance.now();
    for (const key of strays) strayAt.set(key, at);
    events += messages.length;
    for (const { partition, baseOffset } of await producer.send(TOPIC, messages)) {
      sent.push({ partition, from: Number(baseOffset), at });
    }
    acknowledged.push(performance.now() - at);
  }

  try {
    const before = live.next(Date.now()).map(encodeKeyEvent);
    for (let i = 0; i < planted; i += 1) before.push(...homeOf(i, Date.now()));
    await producer.send(TOPIC, before);
    let failure: unknown;
    let strayed = 0;
    const startedAt = performance.now();
    live.next(Date.now());
    for (let share = 0; share < 1;) {
      await delay(TICK_MS, undefined, { signal });
      if (failure !== undefined) throw failure as Error;
      if (flying.size >= MOST_IN_FLIGHT) continue;
      share = Math.min(1, (performance.now() - startedAt) / (seconds * 1000));
      const messages = live.next(Date.now()).map(encodeKeyEvent);
      const strays: string[] = [];
      for (; strayed < Math.floor(share * planted); strayed += 1) {
        messages.push(strayOf(strayed, Date.now()));
        strays.push(keyIdOf(strayed));
      }
      if (messages.length === 0) continue;
      const request: Promise<void> = send(messages, strays)
        .catch((error: unknown) => {
          failure = error;
        })
        .finally(() => flying.delete(request));
      flying.add(request);
    }
    const took = (performance.now() - startedAt) / 1000;
    await Promise.all(flying);
    if (failure !== undefined) throw failure as Error;
    return { events, seconds: took, sent, strayAt, acknowledged };
  } finally {
    await producer.close();
  }
}
