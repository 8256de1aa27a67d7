import { afterEach, describe, expect, it } from '@jest/globals';
import { ReportRunner } from '@keywatch/clickhouse';
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
  const running: { stop(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  }, 60_000);

  async function start(): Promise<{ stack: FailureStack; proxy: FaultProxy }> {
    const proxies: FaultProxy[] = [];
    const between = async (engineUrl: string): Promise<string> => {
      const { hostname, port } = new URL(engineUrl);
      const proxy = await startFaultProxy({ host: hostname, port: Number(port) });
      running.unshift({ stop: () => proxy.close() });
      proxies.push(proxy);
      return `http://127.0.0.1:${proxy.port}`;
    };
    const stack = await startFailureStack({ apps: ['ingest'], between });
    running.push(stack);
    const [proxy] = proxies;
    if (proxy === undefined) throw new Error('no proxy was started');
    return { stack, proxy };
  }

  const exact = (events: number): unknown => ({
    stored: events,
    identities: events,
    ranges: expect.any(Number),
    wrong: [],
    announced: [],
  });

  it('stores each event once when the answers to its inserts are lost after the commit', async () => {
    const { stack, proxy } = await start();
    proxy.set('cut-answer', { matches: isInsert });
    const messages = someTraffic(SEED, 5_000);
    await stack.produce(messages);
    const lost = (): true | undefined => proxy.happened('cut-answer') >= 6 || undefined;
    await until('Lost answers', LIMIT_MS, lost, stack.why);
    const [stored] = await new ReportRunner(stack.clickhouse).query<{ ranges: number }>(
      'SELECT count() AS ranges FROM {{database}}.ranges',
    );
    // Committed, though ingest has no answer to any.
    expect(stored?.ranges).toBeGreaterThan(0);
    proxy.heal();
    await stack.caughtUp();
    expect(await outcomeOf(stack)).toEqual(exact(messages.length));
  }, 150_000);

  it('stores each event once when a connection is half-open and then reset, and when answers are slow', async () => {
    const { stack, proxy } = await start();
    proxy.set('half-open', { matches: isInsert, times: 1 });
    const messages = someTraffic(SEED + 1, 5_000);
    const half = messages.length / 2;
    await stack.produce(messages.slice(0, half));
    const held = (): true | undefined => proxy.happened('half-open') >= 1 || undefined;
    await until('A half-open connection', LIMIT_MS, held, stack.why);
    proxy.heal();
    proxy.set('slow', { delayMs: 500 });
    await stack.produce(messages.slice(half));
    await stack.caughtUp();
    expect(proxy.happened('slow')).toBeGreaterThan(0);
    expect(await outcomeOf(stack)).toEqual(exact(messages.length));
  }, 150_000);
});
