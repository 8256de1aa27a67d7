import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectedOf } from '@keywatch/testing';
import { differencesOf } from './differences.js';
import { startFailureStack, type FailureStack } from './stack.js';
import { inParts, someTraffic } from './traffic.js';

const INGEST_STEPS = ['announced:2', 'built:1', 'inserted:2', 'resolved:1', 'acknowledged:1'];
const DETECT_STEPS = ['alerts-sent:2', 'state-sent:2'];
const SEED = 20_260_101;

describe('kill -9 of ingest, detect, the engine and the broker', () => {
  let stack: FailureStack;
  beforeAll(async () => {
    stack = await startFailureStack({ killAt: { ingest: INGEST_STEPS, detect: DETECT_STEPS } });
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  it('at each step leaves every event once, the sums equal and the alerts of an undisturbed run', async () => {
    const messages = someTraffic(SEED, 10_000);
    const parts = inParts(messages, INGEST_STEPS.length + 2);
    for (const [at, part] of parts.entries()) {
      await stack.produce(part);
      if (at < INGEST_STEPS.length) await stack.untilKilled('ingest', at + 1);
      else await stack.kill(at === INGEST_STEPS.length ? 'clickhouse' : 'kafka');
    }
    await stack.untilKilled('detect', DETECT_STEPS.length);
    await stack.caughtUp();

    const expected = expectedOf(messages);
    expect(expected.environmentDays.size).toBeGreaterThan(20);
    expect(await differencesOf(stack, expected)).toEqual([]);
    expect(stack.killed('clickhouse')).toBe(1);
    expect(stack.killed('kafka')).toBe(1);

    // What is missing would be told.
    const more = someTraffic(SEED + 1, 2_000);
    const differences = await differencesOf(stack, expectedOf([...messages, ...more]));
    for (const what of ['rows of', 'usage of', 'environments alert']) {
      expect(differences).toContainEqual(expect.stringContaining(what));
    }
  }, 240_000);
});
