import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertsOf, outcomeOf } from './outcome.js';
import { generator } from './random.js';
import { startFailureStack, VICTIMS, type FailureStack } from './stack.js';
import { inParts, someTraffic } from './traffic.js';

const KILLS = 60;
const EVENTS = 60_000;
/** Kills come up to this long after the one before: some amid the start of what was killed, some amid its work. */
const PAUSE_MS = 6_000;
/** Printed, so that the order of a run that failed can be had again by putting it here. */
const SEED = randomInt(2 ** 31);

describe('kill -9 at random', () => {
  let stack: FailureStack;
  beforeAll(async () => {
    stack = await startFailureStack();
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  it(`leaves every event once, the sums equal and the alerts of an undisturbed run (seed ${SEED})`, async () => {
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
    const outcome = await outcomeOf(stack);
    const { told, due } = await alertsOf(stack);
    console.info(
      JSON.stringify({
        seed: SEED,
        kills: Object.fromEntries(kills),
        events: messages.length,
        ...outcome,
        alerts: due.length,
      }),
    );
    expect(kills.reduce((sum, [, times]) => sum + times, 0)).toBe(KILLS);
    expect(outcome).toEqual({
      stored: messages.length,
      identities: messages.length,
      ranges: expect.any(Number),
      wrong: [],
      announced: [],
    });
    expect(due.length).toBeGreaterThan(20);
    expect(told).toEqual(due);
  }, 1_500_000);
});
