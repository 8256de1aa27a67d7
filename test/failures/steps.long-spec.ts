import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectedOf } from '@keywatch/testing';
import { differencesOf } from './differences.js';
import { generator, shuffled } from './random.js';
import { startFailureStack, type FailureStack } from './stack.js';
import { inParts, someTraffic } from './traffic.js';

const INGEST_STEPS = ['announced', 'built', 'inserted', 'resolved', 'acknowledged'];
const DETECT_STEPS = ['alerts-sent', 'within-states', 'state-sent', 'committed'];
/** Kills at each step: at its first passage after a start, at its second, and so on in turn. */
const TIMES = 4;
const PASSAGES = 2;
const EVENTS_A_PART = 2_000;
/** A server dies this long after the traffic of its part at the latest. */
const SERVER_DIES_MS = 2_000;
/** Printed; put it here to have a failed run again. */
const SEED = randomInt(2 ** 31);

describe('kill -9 at each step of both protocols, several times, amid deaths of broker and engine', () => {
  const random = generator(SEED);
  const each = (steps: readonly string[]): string[] => {
    const passages = Array.from({ length: TIMES }, (_, time) => 1 + (time % PASSAGES));
    return shuffled(
      steps.flatMap((step) => passages.map((passage) => `${step}:${passage}`)),
      random,
    );
  };
  const killAt = { ingest: each(INGEST_STEPS), detect: each(DETECT_STEPS) };
  let stack: FailureStack;
  beforeAll(async () => {
    stack = await startFailureStack({ killAt });
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  it(`leaves what an undisturbed run leaves (seed ${SEED})`, async () => {
    const rounds = killAt.ingest.length;
    const messages = inParts(someTraffic(SEED, rounds * EVENTS_A_PART), rounds);
    for (const [round, part] of messages.entries()) {
      const server = round % 2 === 0 ? 'clickhouse' : 'kafka';
      const dies = delay(random() * SERVER_DIES_MS).then(() => stack.kill(server));
      await stack.produce(part);
      await Promise.all([
        dies,
        stack.untilKilled('ingest', round + 1),
        stack.untilKilled('detect', Math.min(round + 1, killAt.detect.length)),
      ]);
    }
    await stack.caughtUp(300_000);

    expect(await differencesOf(stack, expectedOf(messages.flat()))).toEqual([]);
    expect(stack.killed('ingest')).toBe(rounds);
    expect(stack.killed('detect')).toBe(killAt.detect.length);
    expect(stack.killed('clickhouse') + stack.killed('kafka')).toBe(rounds);
  }, 1_100_000);
});
