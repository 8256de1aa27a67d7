import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReportRunner, viewsDatabase } from '@keywatch/clickhouse';
import type { AlertEvent } from '@keywatch/events';
import { tellings, told } from './pipeline-tellings.js';
import { startFailureStack, type FailureStack } from './stack.js';
import { someTraffic } from './traffic.js';
import { until } from './waiting.js';

const LIMIT_MS = 60_000;
const LAG_SECONDS = 10;
const SUBJECT = 'detect/keywatch.key-events';

/** What was told beyond `before` alerts' ids, in order of log partitions. */
function since(all: readonly AlertEvent['alert'][], before: ReadonlySet<string>) {
  return all.filter(({ alertId }) => !before.has(alertId));
}

describe('where the monitor is blind', () => {
  let folder: string;
  let stack: FailureStack;
  /** Alerts of earlier tests, and of the start: a machine that is busy may take long over it. */
  let before: ReadonlySet<string> = new Set();
  const fresh = async (): Promise<AlertEvent['alert'][]> => since(await tellings(stack), before);
  const settle = async (): Promise<void> => {
    await until('Ends', LIMIT_MS, async () => {
      const all = await tellings(stack);
      const ids = new Set(all.map(({ alertId }) => alertId));
      before = ids;
      const ended = all.filter(({ evidence }) => evidence.facts['state'] === 'ended');
      return ended.length === ids.size || undefined;
    });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keywatch-pipeline-'));
    const file = join(folder, 'keywatch.yaml');
    await writeFile(
      file,
      `rules:\n  pipeline-gap: { lagSeconds: ${LAG_SECONDS}, awaySeconds: ${LAG_SECONDS} }\n`,
    );
    stack = await startFailureStack({
      apps: ['ingest', 'detect', 'sweep'],
      sweep: { KEYWATCH_RULES_FILE: file, KEYWATCH_PIPELINE_LOOK_MS: '1000' },
    });
  }, LIMIT_MS * 2);

  afterAll(async () => {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }, LIMIT_MS);

  it(
    'nothing is told while everything gets on',
    async () => {
      await stack.produce(someTraffic(50, 300));
      await stack.caughtUp();
      // Longer than two looks: what the start has made wait is told by then.
      await delay(3_000);
      await settle();
      for (let i = 0; i < 6; i += 1) {
        await stack.produce(someTraffic(i, 300));
        await delay(2_000);
      }
      await stack.caughtUp();
      expect(told(await fresh())).toEqual([]);
    },
    LIMIT_MS * 2,
  );

  it(
    'a held app is told once, over a kill of the teller, and with its end when it has caught up',
    async () => {
      await stack.signal('detect', 'SIGSTOP');
      const stoppedMs = Date.now();
      const messages = someTraffic(99, 1_000);
      await stack.produce(messages);
      const producedMs = Date.now();
      let continuedMs: number;
      try {
        const [opened] = await until('Telling', LIMIT_MS, async () => {
          const alerts = await fresh();
          return alerts.length > 0 ? alerts : undefined;
        });
        expect(opened).toMatchObject({
          keyId: SUBJECT,
          severity: 'high',
          tenantId: 'keywatch',
          evidence: { facts: { kind: 'reader-behind', app: 'detect', state: 'open' } },
        });
        await stack.kill('sweep');
        // Long enough for the next sweep to look, and look again.
        await delay(8_000);
        expect(told(await fresh())).toEqual([`${SUBJECT} open`]);
      } finally {
        continuedMs = Date.now();
        await stack.signal('detect', 'SIGCONT');
      }
      await stack.caughtUp();
      const caughtUpMs = Date.now();
      const both = await until('End', LIMIT_MS, async () => {
        const alerts = await fresh();
        return alerts.length > 1 ? alerts : undefined;
      });
      expect(told(both)).toEqual([`${SUBJECT} open`, `${SUBJECT} ended`]);
      const [opened, ended] = both;
      expect(ended?.alertId).toBe(opened?.alertId);
      const { since, until: end, endedAtTheLatest } = ended?.evidence.facts ?? {};
      expect(Date.parse(String(since))).toBeGreaterThanOrEqual(stoppedMs - 1_000);
      expect(Date.parse(String(since))).toBeLessThanOrEqual(producedMs + 1_000);
      expect(Date.parse(String(end))).toBeGreaterThanOrEqual(continuedMs);
      expect(Date.parse(String(end))).toBeLessThanOrEqual(caughtUpMs + 20_000);
      expect(endedAtTheLatest).toBeUndefined();

      // The evidence gives the ranges of what came in the meantime, detected late.
      const { client } = stack.clickhouse;
      const answer = await client.query({
        query: `SELECT sum(messages) AS messages FROM (${(ended?.evidence.query ?? '').replace('FROM ranges', `FROM ${viewsDatabase('keywatch')}.ranges`)})`,
        format: 'JSONEachRow',
      });
      const [row] = await answer.json<{ messages: string | number }>();
      expect(Number(row?.messages)).toBeGreaterThanOrEqual(messages.length);
      const [stored] = await until('Alert in ClickHouse', LIMIT_MS, async () => {
        const rows = await new ReportRunner(stack.clickhouse).query<{
          sentence: string;
          tellings: number;
        }>(
          "SELECT sentence, tellings FROM {{database}}.alerts WHERE rule = 'pipeline-gap' AND key_id = 'detect/keywatch.key-events' AND tellings = 2",
        );
        return rows.length > 0 ? rows : undefined;
      });
      expect(stored?.sentence).toMatch(/^detect has not evaluated .* It ended at .* UTC, after /);
    },
    LIMIT_MS * 4,
  );

  it(
    'ClickHouse that gives no answer is told, and when it is back',
    async () => {
      await settle();
      await stack.signal('clickhouse', 'SIGSTOP');
      const stoppedMs = Date.now();
      try {
        await until('Telling', LIMIT_MS, async () => (await fresh()).length > 0 || undefined);
      } finally {
        await stack.signal('clickhouse', 'SIGCONT');
      }
      const continuedMs = Date.now();
      await until('End', LIMIT_MS, async () => (await fresh()).length > 1 || undefined);
      const alerts = await fresh();
      expect(told(alerts)).toEqual(['clickhouse open', 'clickhouse ended']);
      const { since, until: end } = alerts[1]?.evidence.facts ?? {};
      expect(Math.abs(Date.parse(String(since)) - stoppedMs)).toBeLessThan(20_000);
      expect(Date.parse(String(end))).toBeGreaterThanOrEqual(continuedMs - 1_000);
    },
    LIMIT_MS * 3,
  );

  it(
    'how far the sweeps have looked is recorded',
    async () => {
      const [row] = await until('A round', LIMIT_MS, async () => {
        const rows = await new ReportRunner(stack.clickhouse).query<{ sweeps: number }>(
          "SELECT uniqExact(sweep) AS sweeps FROM {{database}}.sweep_runs WHERE outcome = 'done'",
        );
        return (rows[0]?.sweeps ?? 0) > 0 ? rows : undefined;
      });
      expect(row?.sweeps).toBeGreaterThanOrEqual(3);
    },
    LIMIT_MS * 2,
  );

  it(
    'a partition that a flood of dead letters stops is told, with what is wrong',
    async () => {
      await settle();
      const bad = Array.from({ length: 1_200 }, (_, i) => ({
        key: 'one-partition',
        value: `no event ${i}`,
        headers: {},
      }));
      await stack.produce(bad);
      const opened = await until('Telling', LIMIT_MS, async () =>
        (await fresh()).find(({ keyId }) => keyId === 'ingest/keywatch.key-events'),
      );
      expect(opened.evidence.facts['state']).toBe('open');
      expect(opened.evidence.facts['standStill']).toHaveLength(1);
      expect(opened.sentence).toMatch(
        /partition \d: \d+ of the next \d+ messages can not be events/,
      );
    },
    LIMIT_MS * 2,
  );
});
