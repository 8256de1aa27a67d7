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
    parts = inParts(someTraffic(SEED, 15_000), 6);
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  /** Plays the next parts, each with something that happens amid it, and compares all that was played so far. */
  async function play(...amid: (() => Promise<void>)[]): Promise<string[]> {
    for (const happens of amid) {
      const part = parts[played.length] ?? [];
      played.push(part);
      await stack.produce(part.slice(0, part.length / 2));
      await happens();
      await stack.produce(part.slice(part.length / 2));
    }
    await stack.caughtUp();
    return differencesOf(stack, expectedOf(played.flat()));
  }
  const played: OutgoingMessage[][] = [];

  it('leaving and joining, in good order and killed: every event once', async () => {
    const differences = await play(
      () => stack.kill('ingest-2', 'SIGTERM'),
      () => stack.kill('ingest', 'SIGTERM'),
      () => stack.kill('ingest-2'),
      () => stack.kill('ingest', 'SIGTERM'),
    );
    expect(differences).toEqual([]);
    expect(stack.killed('ingest-2')).toBe(1);
  }, 120_000);

  it('one asleep beyond its session while the other takes over, then awake: every event once', async () => {
    const asleep = await play(() => stack.signal('ingest', 'SIGSTOP'));
    expect(asleep).toEqual([]);
    const awake = await play(() => stack.signal('ingest', 'SIGCONT'));
    expect(awake).toEqual([]);
  }, 120_000);
});
