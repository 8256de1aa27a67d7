import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouse } from '../client.js';
import { storedPositions } from '../log/stored-ranges.js';
import { ReportRunner } from '../report-runner.js';
import { checkAlerts } from './alerts.check.js';
import { type LogPartition, type VerifyContext, type VerifyTopics } from './context.js';
import { checkDuplicates } from './duplicates.check.js';
import type { Finding } from './finding.js';
import { checkEvidence } from './evidence.check.js';
import { checkPositions } from './positions.check.js';
import { checkRangeCounts, checkRangeGaps, checkRangeRows } from './ranges.check.js';
import { rawIsWhole } from './raw-is-whole.js';
import { checkRollup, ROLLUPS } from './rollups.check.js';

export interface VerifyOptions {
  readonly topics: VerifyTopics;
  /** What the broker says of these topics' partitions, read before the call. */
  readonly log: readonly LogPartition[];
  readonly signal?: AbortSignal;
  /**
   * While ingest writes, two tables may be read on both sides of one insert. A check that fails is asked again, this
   * often and with this pause, before it is believed.
   */
  readonly again?: { readonly times: number; readonly pauseMs: number };
}

const AGAIN = { times: 2, pauseMs: 1_500 };

/** Every check of the database against the log and against itself. All findings, also the good ones. */
export async function verifyDatabase(
  clickhouse: ClickHouse,
  options: VerifyOptions,
): Promise<Finding[]> {
  const { topics, log, signal } = options;
  const context: VerifyContext = { run: new ReportRunner(clickhouse), topics, log, signal };
  const whole = await rawIsWhole(context);
  const checks: (() => Promise<Finding[]>)[] = [
    async () => {
      const names = [...new Set(log.map(({ topic }) => topic))];
      const stored = await Promise.all(names.map((topic) => storedPositions(clickhouse, topic)));
      return checkPositions(log, stored.flat());
    },
    () => checkRangeGaps(context),
    () => checkRangeCounts(context),
    () => checkRangeRows(context),
    () => checkDuplicates(context),
    ...ROLLUPS.map((rollup) => () => checkRollup(context, rollup, whole.keyEvents)),
    () => checkAlerts(context, whole.alertEvents),
    () => checkEvidence(context),
  ];
  const findings: Finding[] = [];
  for (const check of checks) {
    findings.push(...(await confirmed(check, options.again ?? AGAIN, signal)));
  }
  return findings;
}

async function confirmed(
  check: () => Promise<Finding[]>,
  again: { readonly times: number; readonly pauseMs: number },
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  let found = await check();
  for (let time = 0; time < again.times && found.some(({ ok }) => !ok); time += 1) {
    await sleep(again.pauseMs, undefined, { signal });
    found = await check();
  }
  return found;
}
