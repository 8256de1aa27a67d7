import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createClickHouse,
  IntakeWriter,
  keyEventRow,
  migrate,
  ReportRunner,
  type ClickHouse,
} from '@keywatch/clickhouse';
import { alertsOfRow, SWEEPS } from '@keywatch/detection';
import { identityOf, TOPICS, type Alert } from '@keywatch/events';
import { startEngine } from '@keywatch/local-stack';
import type { World } from './worlds.js';

const DAY_MS = 86_400_000;
const CHUNK = 20_000;

/** Alerts of all sweeps about each world by id: one sweep a day of its window, on an embedded engine. */
export async function alertsOfSweeps(
  worlds: readonly World[],
  signal: AbortSignal,
): Promise<readonly ReadonlyMap<string, Alert>[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'keywatch-bench-'));
  try {
    const engine = await startEngine({ dataDir, log: () => undefined });
    try {
      const all: ReadonlyMap<string, Alert>[] = [];
      for (const [n, world] of worlds.entries()) {
        const { url, user, password } = engine;
        const clickhouse = createClickHouse({ url, user, password, database: `world_${n}` });
        try {
          await migrate(clickhouse);
          await store(clickhouse, world, signal);
          all.push(await sweepDaily(clickhouse, world, signal));
        } finally {
          await clickhouse.close();
        }
      }
      return all;
    } finally {
      await engine.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function store(
  clickhouse: ClickHouse,
  { events }: World,
  signal: AbortSignal,
): Promise<void> {
  const writer = new IntakeWriter(clickhouse, 'key_event_intake');
  for (let from = 0; from < events.length; from += CHUNK) {
    signal.throwIfAborted();
    const rows = events.slice(from, from + CHUNK).map((event, n) => {
      const identity = identityOf(event.tenantId, event.source, event.id);
      const logTimeMs = event.timeMs + 500;
      const topic = TOPICS.keyEvents.name;
      return keyEventRow(event, { topic, partition: 0, offset: from + n, logTimeMs }, identity, 0);
    });
    await writer.write(rows, `bench-${from}`);
  }
}

async function sweepDaily(
  clickhouse: ClickHouse,
  { options }: World,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Alert>> {
  const alerts = new Map<string, Alert>();
  const runner = new ReportRunner(clickhouse);
  // Nothing is known of what comes after: events of later days are already in the tables, and sweeps look back only.
  for (let day = Math.floor(options.days); day >= 0; day -= 1) {
    const asOfMs = options.endMs - day * DAY_MS;
    const time = { asOfMs, sinceMs: asOfMs - DAY_MS };
    for (const sweep of SWEEPS) {
      signal.throwIfAborted();
      const settings = sweep.settings.parse({});
      const { query, params } = sweep.sql(settings, time);
      for (const row of await runner.query(query, params)) {
        for (const { alert } of alertsOfRow(sweep, row, settings, time)) {
          if (!alerts.has(alert.alertId)) alerts.set(alert.alertId, alert);
        }
      }
    }
  }
  return alerts;
}
