import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from '@keywatch/events';
import {
  expectedOf,
  startFaultProxy,
  type Fault,
  type FaultOptions,
  type FaultProxy,
} from '@keywatch/testing';
import { differencesOf } from './differences.js';
import { generator } from './random.js';
import { startFailureStack, type FailureStack } from './stack.js';
import { inParts, someTraffic } from './traffic.js';
import { until } from './waiting.js';

const ROUNDS = 36;
/** Share of the rounds in which ingest dies while the fault lasts. */
const KILLS = 0.2;
/** A killed ingest is back when its session is over. */
const MEETS_MS = 60_000;
const EVENTS_A_PART = 1_000;
const FAULT_LASTS_MS = 2_000;
/** Printed; put it here to have a failed run again. */
const SEED = randomInt(2 ** 31);

/** The head of an insert of key events; its rows follow in other pieces. */
const isInsert = (piece: Buffer): boolean =>
  /INSERT(\s|\+|%20)INTO(\s|\+|%20)\S*key_event_intake/i.test(piece.toString('latin1'));

describe('ingest behind a connection that fails in every way', () => {
  const random = generator(SEED);
  const played: OutgoingMessage[][] = [];
  let parts: OutgoingMessage[][];
  let stack: FailureStack;
  let proxy: FaultProxy;
  beforeAll(async () => {
    const between = async (engineUrl: string): Promise<string> => {
      const { hostname, port } = new URL(engineUrl);
      proxy = await startFaultProxy({ host: hostname, port: Number(port) });
      return `http://127.0.0.1:${proxy.port}`;
    };
    stack = await startFailureStack({ between });
    parts = inParts(someTraffic(SEED, (ROUNDS + 2) * EVENTS_A_PART), ROUNDS + 2);
  }, 120_000);
  afterAll(async () => {
    await stack.stop();
    await proxy.close();
  }, 60_000);

  async function play(): Promise<void> {
    const part = parts[played.length] ?? [];
    played.push(part);
    await stack.produce(part);
  }

  it('gives up a request that gets no answer and sends it again, though nobody resets the connection', async () => {
    for (const lost of ['request', 'answer'] as const) {
      const before = proxy.happened('half-open');
      proxy.set('half-open', { lost, matches: isInsert, times: 1 });
      await play();
      const met = (): true | undefined => proxy.happened('half-open') > before || undefined;
      await until('A half-open connection', 60_000, met, stack.why);
    }
    // Longer than the time after which a request is given up.
    await stack.caughtUp(150_000);
    expect(await differencesOf(stack, expectedOf(played.flat()))).toEqual([]);
    expect(stack.killed('ingest')).toBe(0);
  }, 300_000);

  it(`stores each event once whatever happens to requests and ingest (seed ${SEED})`, async () => {
    const faults: readonly (() => [Fault, FaultOptions?])[] = [
      () => ['cut-answer', { matches: isInsert }],
      () => ['cut-answer', { afterBytes: Math.floor(random() * 200) }],
      () => ['slow', { bytesPerSecond: 20_000 + random() * 200_000 }],
      () => ['half-open', { lost: 'request' }],
      () => ['half-open', { lost: 'answer', matches: isInsert }],
      () => ['refuse'],
    ];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [fault, options] = faults[round % faults.length]?.() ?? ['pass'];
      const before = proxy.happened(fault);
      proxy.set(fault, options);
      await play();
      const met = (): true | undefined => proxy.happened(fault) > before || undefined;
      await until(`${fault} of a request`, MEETS_MS, met, stack.why);
      await delay(random() * FAULT_LASTS_MS);
      if (random() < KILLS) await stack.kill('ingest');
      proxy.heal();
    }
    await stack.caughtUp(300_000);
    expect(await differencesOf(stack, expectedOf(played.flat()))).toEqual([]);
    expect(stack.killed('ingest')).toBeGreaterThan(0);
  }, 900_000);
});
