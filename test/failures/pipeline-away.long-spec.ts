import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeKeyEvent, type OutgoingMessage } from '@keywatch/events';
import { tellings, told } from './pipeline-tellings.js';
import { startFailureStack, type FailureStack } from './stack.js';
import { until } from './waiting.js';

const LIMIT_MS = 120_000;
const MINUTE_MS = 60_000;
const AWAY_SECONDS = 10;
/** Two looks, and a start of sweep. */
const TWO_LOOKS_MS = 8_000;

/** A request of the tenant every ten minutes for eight days, the last one at that time. */
function steady(tenantid: string, lastMs: number): OutgoingMessage[] {
  return Array.from({ length: 8 * 24 * 6 }, (_, n) =>
    requestAt(tenantid, lastMs - n * 10 * MINUTE_MS),
  );
}

function requestAt(tenantid: string, atMs: number): OutgoingMessage {
  return encodeKeyEvent({
    id: `${tenantid}-${atMs}`,
    source: '/spec',
    type: 'keywatch.key.request-made.v1',
    subject: `key-of-${tenantid}`,
    tenantid,
    time: new Date(atMs).toISOString(),
    data: { environment: 'production', status: 200 },
  });
}

describe('what is told after servers and producers were away', () => {
  let folder: string;
  let stack: FailureStack;
  const startMs = Date.now();
  const toldOf = async (subject: string) =>
    (await tellings(stack)).filter(({ keyId }) => keyId === subject);
  const untilTold = (subject: string, times: number) =>
    until(
      `${times} tellings of ${subject}`,
      LIMIT_MS,
      async () => {
        const alerts = await toldOf(subject);
        return alerts.length >= times ? alerts : undefined;
      },
      stack.why,
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keywatch-away-'));
    const file = join(folder, 'keywatch.yaml');
    await writeFile(
      file,
      `rules:\n  pipeline-gap: { awaySeconds: ${AWAY_SECONDS}, quietMinutes: 30, quietTimes: 2 }\n`,
    );
    stack = await startFailureStack({
      apps: ['ingest', 'detect', 'sweep'],
      sweep: {
        KEYWATCH_RULES_FILE: file,
        KEYWATCH_PIPELINE_LOOK_MS: '1000',
        KEYWATCH_DETECT_LATENESS_MINUTES: '0',
      },
    });
  }, LIMIT_MS);

  afterAll(async () => {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it(
    'a tenant that sent steadily and stops is told once, since its last request, and ends with the next',
    async () => {
      const stoppedMs = startMs - 3 * 60 * MINUTE_MS;
      await stack.produce([...steady('stops', stoppedMs), ...steady('goes-on', startMs)]);
      const [opened] = await untilTold('producer/stops', 1);
      expect(opened).toMatchObject({
        severity: 'medium',
        tenantId: 'stops',
        occurredAt: new Date(stoppedMs).toISOString(),
        evidence: { facts: { kind: 'producer-quiet', state: 'open' } },
      });
      await stack.kill('sweep');
      const backMs = Date.now();
      await stack.produce([requestAt('stops', backMs)]);
      const alerts = await untilTold('producer/stops', 2);
      await delay(TWO_LOOKS_MS);
      expect(told(await toldOf('producer/stops'))).toEqual([
        'producer/stops open',
        'producer/stops ended',
      ]);
      expect(alerts[1]).toMatchObject({
        alertId: opened?.alertId,
        evidence: { facts: { until: new Date(backMs).toISOString() } },
      });
      expect(await toldOf('producer/goes-on')).toEqual([]);
    },
    2 * LIMIT_MS,
  );

  it(
    'Kafka that was held for longer than it may is told once when it is back, with its true times, and not again by the next sweep',
    async () => {
      await stack.signal('kafka', 'SIGSTOP');
      const heldMs = Date.now();
      await delay(2.5 * AWAY_SECONDS * 1000);
      await stack.signal('kafka', 'SIGCONT');
      const freeMs = Date.now();
      const [alert] = await untilTold('kafka', 1);
      const { since, until: end } = alert?.evidence.facts ?? {};
      expect(Math.abs(Date.parse(String(since)) - heldMs)).toBeLessThan(5_000);
      expect(Date.parse(String(end))).toBeGreaterThanOrEqual(freeMs - 1_000);
      expect(Date.parse(String(end))).toBeLessThan(freeMs + 15_000);
      await stack.kill('sweep');
      await stack.caughtUp();
      await delay(TWO_LOOKS_MS);
      expect(told(await toldOf('kafka'))).toEqual(['kafka ended']);
    },
    2 * LIMIT_MS,
  );

  it(
    'ClickHouse killed and back before it counts as away is not told',
    async () => {
      const before = (await toldOf('clickhouse')).length;
      await stack.kill('clickhouse');
      await stack.caughtUp();
      await delay(TWO_LOOKS_MS);
      expect(await toldOf('clickhouse')).toHaveLength(before);
    },
    2 * LIMIT_MS,
  );
});
