import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IntakeWriter, keyEventRow, type ClickHouse } from '@keywatch/clickhouse';
import { DEFAULT_POLICY, RULES, SWEEPS, withSettings } from '@keywatch/detection';
import { decodeKeyEvent, encodeKeyEvent, identityOf } from '@keywatch/events';
import { startSpecEngine, type SpecEngine } from '@keywatch/testing';
import { backtest } from './backtest.js';

let engine: SpecEngine;
let clickhouse: ClickHouse;

/** One event of the log: key, time, environment of a use; no environment: the creation. */
function rowOf(key: string, time: string, environment: string | undefined, offset: number): Buffer {
  const logTimeMs = Date.parse(time) + 1000;
  const message = encodeKeyEvent({
    id: `e${offset}`,
    source: '/spec',
    type: environment === undefined ? 'keywatch.key.created.v1' : 'keywatch.key.request-made.v1',
    subject: key,
    time,
    data: environment === undefined ? { plan: 'pro' } : { environment, status: 200 },
  });
  const decoded = decodeKeyEvent({
    ...message,
    headers: {},
    timestamp: String(logTimeMs),
  } as never);
  if (decoded.kind !== 'ok') throw new Error('not an event');
  const { event } = decoded;
  const identity = identityOf(event.tenantId, event.source, event.id);
  return keyEventRow(event, { topic: 't', partition: 0, offset, logTimeMs }, identity, 0);
}

beforeAll(async () => {
  engine = await startSpecEngine('backtest');
  clickhouse = await engine.freshDatabase();
  const events: [string, string, string?][] = [
    ['old', '2026-01-01T00:00:00Z'],
    ['two', '2026-03-01T10:00:00Z', 'production'],
    ['three', '2026-03-02T09:00:00Z', 'production'],
    ['three', '2026-03-02T09:10:00Z', 'staging'],
    ['three', '2026-03-02T09:20:00Z', 'test'],
    ['two', '2026-03-01T10:10:00Z', 'staging'],
    ['two', '2026-03-04T10:00:00Z', 'production'],
  ];
  const rows = events.map(([key, time, environment], i) => rowOf(key, time, environment, i));
  await new IntakeWriter(clickhouse, 'key_event_intake').write(rows, 'spec');
}, 120_000);

afterAll(() => engine.stop(), 60_000);

async function run(id: string, from: string, to: string, set: Record<string, unknown>) {
  const rule = [...RULES, ...SWEEPS].find((one) => one.id === id);
  if (rule === undefined) throw new Error(`no ${id}`);
  const variants = await backtest(
    {
      clickhouse,
      rule,
      fromMs: Date.parse(from),
      toMs: Date.parse(to),
      latenessMs: 900_000,
      signal: new AbortController().signal,
    },
    {
      now: withSettings(DEFAULT_POLICY, id, {}),
      set: withSettings(DEFAULT_POLICY, id, set),
    },
  );
  return variants.map(({ days, subjects }) => ({
    days: days.map(({ alerts }) => alerts),
    subjects: subjects.map(({ key, alerts }) => `${key} ${alerts}`),
  }));
}

describe('a backtest', () => {
  it('gives what a rule on the stream would have told, with two settings side by side', async () => {
    const set = { minEnvironments: 3 };
    expect(await run('multi-environment-use', '2026-03-01', '2026-03-04', set)).toEqual([
      { days: [1, 1, 0], subjects: ['three 1', 'two 1'] },
      { days: [0, 1, 0], subjects: ['three 1'] },
    ]);
  });

  it('runs a sweep at the end of each day', async () => {
    // 90 days after the first of January is the first of April; its notice comes 15 days before.
    const days = await run('stale-key', '2026-03-15', '2026-03-18', { noticeDaysBefore: 14 });
    expect(days).toEqual(
      [
        { days: [0, 1, 0], subjects: ['old 1'] },
        { days: [0, 0, 1], subjects: ['old 1'] },
      ].map((one) => expect.objectContaining({ subjects: one.subjects }) as object),
    );
  });
});
