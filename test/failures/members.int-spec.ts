import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from '@keywatch/events';
import { expectedOf } from '@keywatch/testing';
import { differencesOf } from './differences.js';
import { startFailureStack, type FailureStack } from './stack.js';
import { inParts, someTraffic } from './traffic.js';

const SEED = 2_026;

describe('ingest with two members', () => {
  let stack: FailureStack;
  let parts: OutgoingMessage[][];
  beforeAll(async () => {
    stack = await startFailureStack({ apps: ['ingest', 'ingest-2', 'detect'] });
    parts = inParts(someTraffic(SEED, 6_000), 3);
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  it('leaving in good order, killed, and joining again: every event once', async () => {
    const amid = [
      () => stack.kill('ingest-2', 'SIGTERM'),
      () => stack.kill('ingest', 'SIGTERM'),
      () => stack.kill('ingest-2'),
    ];
    for (const [at, part] of parts.entries()) {
      await stack.produce(part.slice(0, part.length / 2));
      await amid[at]?.();
      await stack.produce(part.slice(part.length / 2));
    }
    await stack.caughtUp();
    expect(await differencesOf(stack, expectedOf(parts.flat()))).toEqual([]);
    expect(stack.killed('ingest-2')).toBe(1);
  }, 120_000);
});
