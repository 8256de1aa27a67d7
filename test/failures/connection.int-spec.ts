import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReportRunner } from '@keywatch/clickhouse';
import type { OutgoingMessage } from '@keywatch/events';
import { startFaultProxy, type FaultProxy } from '@keywatch/testing';
import { outcomeOf } from './outcome.js';
import { startFailureStack, type FailureStack } from './stack.js';
import { someTraffic } from './traffic.js';
import { until } from './waiting.js';

const SEED = 11;
const LIMIT_MS = 60_000;

/** An insert's text comes first, in the URL or the body; its events follow. */
const isInsert = (piece: Buffer): boolean =>
  /INSERT(\s|\+|%20)INTO(\s|\+|%20)\S*key_event_intake/i.test(piece.toString('latin1'));

describe('ingest with a bad connection to ClickHouse', () => {
  const produced: OutgoingMessage[] = [];
  let stack: FailureStack;
  let proxy: FaultProxy;
  beforeAll(async () => {
    const between = async (engineUrl: string): Promise<string> => {
      const { hostname, port } = new URL(engineUrl);
      proxy = await startFaultProxy({ host: hostname, port: Number(port) });
      return `http://127.0.0.1:${proxy.port}`;
    };
    stack = await startFailureStack({ apps: ['ingest'], between });
  }, 120_000);
  afterAll(async () => {
    await stack.stop();
    await proxy.close();
  }, 60_000);

  async function produce(messages: readonly OutgoingMessage[]): Promise<void> {
    produced.push(...messages);
    await stack.produce(messages);
  }

  async function expectEachOnce(): Promise<void> {
    expect(await outcomeOf(stack)).toEqual({
      stored: produced.length,
      identities: produced.length,
      ranges: expect.any(Number),
      wrong: [],
      announced: [],
    });
  }

  it('stores each event once when the answers to its inserts are lost after the commit', async () => {
    proxy.set('cut-answer', { matches: isInsert });
    await produce(someTraffic(SEED, 2_500));
    const lost = (): true | undefined => proxy.happened('cut-answer') >= 6 || undefined;
    await until('Lost answers', LIMIT_MS, lost, stack.why);
    const [stored] = await new ReportRunner(stack.clickhouse).query<{ ranges: number }>(
      'SELECT count() AS ranges FROM {{database}}.ranges',
    );
    // Committed, though ingest has no answer to any.
    expect(stored?.ranges).toBeGreaterThan(0);
    proxy.heal();
    await stack.caughtUp();
    await expectEachOnce();
  }, 150_000);

  it('stores each event once when a connection is half-open and then reset, and when answers are slow', async () => {
    proxy.set('half-open', { matches: isInsert, times: 1 });
    const messages = someTraffic(SEED + 1, 2_500);
    const half = messages.length / 2;
    await produce(messages.slice(0, half));
    const held = (): true | undefined => proxy.happened('half-open') >= 1 || undefined;
    await until('A half-open connection', LIMIT_MS, held, stack.why);
    proxy.heal();
    proxy.set('slow', { delayMs: 500 });
    await produce(messages.slice(half));
    await stack.caughtUp();
    expect(proxy.happened('slow')).toBeGreaterThan(0);
    proxy.heal();
    await expectEachOnce();
  }, 150_000);
});
