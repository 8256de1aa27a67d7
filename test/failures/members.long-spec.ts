import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from '@keywatch/events';
import { expectedOf } from '@keywatch/testing';
import { differencesOf } from './differences.js';
import { generator } from './random.js';
import { startFailureStack, type FailureStack } from './stack.js';
import { inParts, someTraffic } from './traffic.js';

const ROUNDS = 24;
const EVENTS_A_ROUND = 1_500;
/** A member leaves this long after the events of its round at the latest. */
const LEAVES_MS = 6_000;
/** Printed; put it here to have a failed run again. */
const SEED = randomInt(2 ** 31);

describe('ingest with two members', () => {
  const random = generator(SEED);
  const played: OutgoingMessage[][] = [];
  let parts: OutgoingMessage[][];
  let stack: FailureStack;
  beforeAll(async () => {
    stack = await startFailureStack({ apps: ['ingest', 'ingest-2', 'detect'] });
    parts = inParts(someTraffic(SEED, ROUNDS * EVENTS_A_ROUND), ROUNDS);
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  async function play(): Promise<void> {
    const part = parts[played.length] ?? [];
    played.push(part);
    await stack.produce(part);
  }
  const differences = (): Promise<string[]> => differencesOf(stack, expectedOf(played.flat()));
  const member = (): 'ingest' | 'ingest-2' => (random() < 0.5 ? 'ingest' : 'ingest-2');

  it(`one asleep beyond its session while the other takes over, then awake (seed ${SEED})`, async () => {
    for (let times = 0; times < 4; times += 1) {
      const sleeper = member();
      const sent = play();
      await delay(random() * LEAVES_MS);
      await stack.signal(sleeper, 'SIGSTOP');
      await sent;
      // Only the other can bring all to its end, and only when the sleeper's session is over.
      await stack.caughtUp();
      await play();
      await stack.signal(sleeper, 'SIGCONT');
      await play();
      await stack.caughtUp();
      expect(await differences()).toEqual([]);
    }
  }, 400_000);

  it(`leaving in good order, killed, and joining again (seed ${SEED})`, async () => {
    while (played.length < ROUNDS) {
      const sent = play();
      await delay(random() * LEAVES_MS);
      await stack.kill(member(), random() < 0.5 ? 'SIGTERM' : 'SIGKILL');
      await sent;
    }
    await stack.caughtUp(200_000);
    expect(await differences()).toEqual([]);
  }, 600_000);
});
