import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectedOf } from '@keywatch/testing';
import { differencesOf } from './differences.js';
import { generator } from './random.js';
import { startFailureStack, VICTIMS, type FailureStack } from './stack.js';
import { inParts, someTraffic } from './traffic.js';

const KILLS = 60;
const EVENTS = 60_000;
/** Kills come up to this long after the one before: some amid the start of what was killed, some amid its work. */
const PAUSE_MS = 6_000;
/** Printed; put it here to have a failed run again. */
const SEED = randomInt(2 ** 31);

describe('kill -9 at random', () => {
  let stack: FailureStack;
  beforeAll(async () => {
    stack = await startFailureStack();
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  it(`leaves what an undisturbed run leaves (seed ${SEED})`, async () => {
    const random = generator(SEED);
    const messages = someTraffic(SEED, EVENTS);
    for (const part of inParts(messages, KILLS)) {
      // Sent while something dies: the broker may be the one that does.
      const sent = stack.produce(part);
      await delay(random() * PAUSE_MS);
      const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'ingest';
      await Promise.all([sent, stack.kill(victim)]);
    }
    await stack.caughtUp(300_000);

    const kills = VICTIMS.map((victim) => [victim, stack.killed(victim)] as const);
    console.info(`${messages.length} events, kills: ${kills.flat().join(' ')}`);
    expect(await differencesOf(stack, expectedOf(messages))).toEqual([]);
    expect(kills.reduce((sum, [, times]) => sum + times, 0)).toBe(KILLS);
  }, 1_100_000);
});
