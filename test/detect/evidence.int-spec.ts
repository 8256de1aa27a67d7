import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createClickHouse,
  IntakeWriter,
  keyEventRow,
  migrate,
  ReportRunner,
  viewsDatabase,
  type ClickHouse,
} from '@keywatch/clickhouse';
import { alertsOfRow, createEngine, RULES, SWEEPS, type KeyRecord } from '@keywatch/detection';
import {
  decodeKeyEvent,
  encodeKeyEvent,
  identityOf,
  TOPICS,
  type Alert,
  type KeyEvent,
} from '@keywatch/events';
import { startEngine, type EngineHandle } from '@keywatch/local-stack';
import { keepForGood } from '@keywatch/testing';
import { generateTraffic, PLANTS } from '@keywatch/traffic';

/** The query that an alert carries gives, as an analyst runs it, the rows that the alert rests on. */

const DAY_MS = 86_400_000;
const END_MS = Date.UTC(2026, 2, 15, 13);
const DAYS = 30;
const ARRIVES_MS = 500;
/** Between two looks of the sweeps. */
const LOOK_MS = 3 * DAY_MS;
/** Facts that count events of the evidence; there may be more in its time. */
const COUNTED: Readonly<Record<string, string>> = {
  'plan-rate-exceeded': 'requestsInMinute',
  'auth-failure-burst': 'refusals',
  'failure-then-success': 'failures',
};
const IDS = [...RULES, ...SWEEPS].map(({ id }) => id);

let folder: string;
let engine: EngineHandle;
let clickhouse: ClickHouse;
let analyst: ClickHouse;
/** As they were told last, by rule. */
const alerts = new Map<string, Alert[]>();

function generated(): KeyEvent[] {
  const { events } = generateTraffic({
    seed: 31,
    keys: 150,
    days: DAYS,
    endMs: END_MS,
    ratePerSecond: 0.005,
    anomalies: Object.fromEntries(PLANTS.map((plant) => [plant, 2])),
  });
  return [...events].map((outgoing) => {
    const decoded = decodeKeyEvent({ value: Buffer.from(encodeKeyEvent(outgoing).value) });
    if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
    return decoded.event;
  });
}

async function store(events: readonly KeyEvent[]): Promise<void> {
  const rows = events.map((event, offset) => {
    const identity = identityOf(event.tenantId, event.source, event.id);
    const logTimeMs = event.timeMs + ARRIVES_MS;
    const position = { topic: TOPICS.keyEvents.name, partition: 0, offset, logTimeMs };
    return keyEventRow(event, position, identity, 0);
  });
  await new IntakeWriter(clickhouse, 'key_event_intake').write(rows, 'spec');
}

/** Each alert by its id, as the last telling says. */
function onStream(events: readonly KeyEvent[]): Map<string, Alert> {
  const detection = createEngine({ rules: RULES });
  const records = new Map<string, KeyRecord>();
  const told = new Map<string, Alert>();
  events.forEach((event, offset) => {
    const name = detection.recordKey(event);
    const position = { partition: 0, offset, logTimeMs: event.timeMs + ARRIVES_MS };
    const { record, alerts: some } = detection.fold(records.get(name), event, position);
    records.set(name, record);
    for (const { alert } of some) told.set(alert.alertId, alert);
  });
  return told;
}

/** Every few days, as if their rows had just come in. */
async function bySweeps(): Promise<Map<string, Alert>> {
  const runner = new ReportRunner(clickhouse);
  const told = new Map<string, Alert>();
  for (let asOfMs = END_MS - DAYS * DAY_MS; asOfMs <= END_MS; asOfMs += LOOK_MS) {
    const time = { asOfMs, sinceMs: asOfMs - LOOK_MS };
    for (const sweep of SWEEPS) {
      const settings = sweep.settings.parse({});
      const { query, params } = sweep.sql(settings, time);
      for (const row of await runner.query(query, params))
        for (const { alert } of alertsOfRow(sweep, row, settings, time))
          if (!told.has(alert.alertId)) told.set(alert.alertId, alert);
    }
  }
  return told;
}

async function answerTo(query: string): Promise<Record<string, unknown>[]> {
  const answer = await analyst.reader.query({ query, format: 'JSONEachRow' });
  return answer.json<Record<string, unknown>>();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywatch-evidence-'));
  engine = await startEngine({ dataDir: folder, log: () => undefined });
  const { url, user, password } = engine;
  clickhouse = createClickHouse({ url, user, password });
  await migrate(clickhouse);
  await keepForGood(clickhouse);
  analyst = createClickHouse({
    url,
    ...engine.analyst,
    database: viewsDatabase(clickhouse.database),
  });
  const events = generated();
  await store(events);
  for (const alert of [...onStream(events).values(), ...(await bySweeps()).values()])
    alerts.set(alert.rule, [...(alerts.get(alert.rule) ?? []), alert]);
}, 120_000);

afterAll(async () => {
  await analyst.close();
  await clickhouse.close();
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
}, 90_000);

describe('the query of an alert', () => {
  it.each(IDS)('gives the evidence of %s', async (rule) => {
    const told = alerts.get(rule) ?? [];
    expect(told.length).toBeGreaterThan(0);
    for (const { keyId, evidence } of told.slice(0, 20)) {
      const { query = '', firstEventId, lastEventId } = evidence;
      const rows = await answerTo(query);
      const about = { keyId, query, facts: evidence.facts };
      const atLeast = Math.max(1, Number(evidence.facts[COUNTED[rule] ?? ''] ?? 1));
      if (rows.length < atLeast) throw new Error(`${rows.length} rows: ${JSON.stringify(about)}`);
      if (query.includes("\n  AND key_id = '")) {
        expect({ about, keys: [...new Set(rows.map((row) => row['key_id']))] }).toEqual({
          about,
          keys: [keyId],
        });
      }
      if (/^FROM keys$/m.test(query)) continue;
      const ids = rows.map((row) => row['event_id']);
      const named = [firstEventId, lastEventId].filter((id) => id !== undefined && id !== '');
      expect({ about, ids }).toEqual({ about, ids: expect.arrayContaining(named) });
    }
  });
});
