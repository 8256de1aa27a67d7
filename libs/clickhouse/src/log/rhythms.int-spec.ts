import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSpecEngine, type SpecEngine } from '@keywatch/testing';
import type { ClickHouse } from '../client.js';
import { IntakeWriter } from '../intake/intake-writer.js';
import { keyEventRow } from '../rows/key-event-row.js';
import { NO_IDENTITY } from '../rows/position.js';
import { firstRequestAfter, requestRhythms } from './rhythms.js';

const MINUTE = 60_000;
const DAY = Date.UTC(2026, 2, 1);
let engine: SpecEngine;
let clickhouse: ClickHouse;

const rowAt = (offset: number, tenantId: string, timeMs: number, lane = 'live'): Buffer =>
  keyEventRow(
    {
      type: 'keywatch.key.request-made.v1',
      id: `e-${offset}`,
      source: '/spec',
      tenantId,
      lane,
      keyId: `k-${offset % 3}`,
      timeText: '',
      timeMs,
      traceparent: '',
      data: { status: 200 },
      attributes: undefined,
    },
    { topic: 't', partition: 0, offset, logTimeMs: DAY },
    NO_IDENTITY,
    0,
  );

beforeAll(async () => {
  engine = await startSpecEngine('rhythms');
  clickhouse = await engine.freshDatabase();
  const times: [string, number, string?][] = [
    ['acme', 1],
    ['acme', 2],
    // Silent for 40 minutes, over keys that differ.
    ['acme', 42],
    ['acme', 43],
    ['acme', 59, 'old-logs'],
    ['bolt', 10],
  ];
  const rows = times.map(([tenant, minute, lane], i) =>
    rowAt(i, tenant, DAY + minute * MINUTE, lane),
  );
  await new IntakeWriter(clickhouse, 'key_event_intake').write(rows, 'spec');
}, 120_000);

afterAll(() => engine.stop(), 60_000);

describe('rhythms of tenants', () => {
  it('have the longest silence between two live requests, whatever the key', async () => {
    expect(await requestRhythms(clickhouse, DAY)).toEqual([
      {
        tenantId: 'acme',
        requests: 4,
        firstMs: DAY + MINUTE,
        lastMs: DAY + 43 * MINUTE,
        longestSilenceMs: 40 * MINUTE,
      },
      {
        tenantId: 'bolt',
        requests: 1,
        firstMs: DAY + 10 * MINUTE,
        lastMs: DAY + 10 * MINUTE,
        longestSilenceMs: 0,
      },
    ]);
  });

  it('begin where they are asked for', async () => {
    const [acme, ...more] = await requestRhythms(clickhouse, DAY + 30 * MINUTE);
    expect(more).toEqual([]);
    expect(acme).toMatchObject({ requests: 2, longestSilenceMs: 0 });
  });

  it('have a first request after a time, of a tenant or of any', async () => {
    expect(await firstRequestAfter(clickhouse, DAY + 2 * MINUTE, 'acme')).toBe(DAY + 42 * MINUTE);
    expect(await firstRequestAfter(clickhouse, DAY + 2 * MINUTE)).toBe(DAY + 10 * MINUTE);
    expect(await firstRequestAfter(clickhouse, DAY + 43 * MINUTE, 'acme')).toBeNull();
    expect(await firstRequestAfter(clickhouse, DAY, 'nobody')).toBeNull();
  });
});
