import { ReportRunner, type ClickHouse } from '@keywatch/clickhouse';
import {
  createEngine,
  evaluateSweep,
  policyFor,
  resolvePolicy,
  sweepPlans,
  type DetectionPolicy,
  type KeyRecord,
  type Rule,
  type Sweep,
  type SweepQuery,
} from '@keywatch/detection';
import { countEvents, storedEvents } from './stored-events.js';
import { Tally, type Variant } from './tally.js';

const DAY_MS = 86_400_000;
/** Requests before the time asked for that give rules their state: more than any window of a rule by default. */
const WARM_UP_MS = 90 * DAY_MS;

export interface BacktestOptions {
  readonly clickhouse: ClickHouse;
  readonly rule: Rule | Sweep;
  /** Filed time, whole days, in ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly tenant?: string | undefined;
  readonly latenessMs: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/** Settings to try, by name. */
export type Tried = Readonly<Record<string, DetectionPolicy>>;

/**
 * What a rule would have told with each of the policies, from what is stored; nothing is written.
 * A rule on the stream reads its events once for all of them. A sweep runs at the end of each day.
 */
export async function backtest(options: BacktestOptions, tried: Tried): Promise<Variant[]> {
  const { rule, fromMs, toMs } = options;
  const tallies = await ('stateBytes' in rule
    ? streamed(options, rule, tried)
    : swept(options, rule, tried));
  return Object.entries(tried).map(([name, policy]) => {
    const tally = tallies.get(name) ?? new Tally(fromMs, toMs);
    return tally.result(name, settingsOf(rule, policy));
  });
}

function settingsOf(rule: Rule | Sweep, policy: DetectionPolicy): Record<string, unknown> {
  return resolvePolicy([rule], policyFor([rule], policy)).resolved.base[0]?.settings ?? {};
}

async function streamed(
  { clickhouse, fromMs, toMs, tenant, latenessMs, signal, onProgress }: BacktestOptions,
  rule: Rule,
  tried: Tried,
): Promise<Map<string, Tally>> {
  const runner = new ReportRunner(clickhouse);
  const stretch = { fromMs: fromMs - WARM_UP_MS, toMs, tenant };
  const variants = Object.entries(tried).map(([name, policy]) => {
    const { rules: settings, tenants, exceptions } = policyFor([rule], policy);
    const engine = createEngine({ rules: [rule], settings, tenants, exceptions, latenessMs });
    const records = new Map<string, KeyRecord>();
    return { name, engine, records, tally: new Tally(fromMs, toMs) };
  });
  const total = await countEvents(runner, stretch);
  let done = 0;
  let key = '';
  for await (const { event, ...position } of storedEvents(runner, stretch, signal)) {
    const next = JSON.stringify([event.tenantId, event.keyId]);
    if (next !== key) for (const { records } of variants) records.clear();
    key = next;
    for (const { engine, records, tally } of variants) {
      const name = engine.recordKey(event);
      const { record, alerts } = engine.fold(records.get(name), event, position);
      records.set(name, record);
      for (const alert of alerts) tally.add(alert);
    }
    done += 1;
    if (done % 100_000 === 0) onProgress?.(`${percent(done, total)} of ${total} events`);
  }
  onProgress?.(`${done} events read`);
  return new Map(variants.map(({ name, tally }) => [name, tally]));
}

async function swept(
  { clickhouse, fromMs, toMs, tenant, signal, onProgress }: BacktestOptions,
  sweep: Sweep,
  tried: Tried,
): Promise<Map<string, Tally>> {
  const runner = new ReportRunner(clickhouse);
  const ask = ({ query, params }: SweepQuery): Promise<unknown[]> =>
    runner.query(forgetful(query), params, { signal, limits: { maxSeconds: 300 } });
  const tallies = new Map(Object.keys(tried).map((name) => [name, new Tally(fromMs, toMs)]));
  const days = Math.ceil((toMs - fromMs) / DAY_MS);
  for (let day = 1; day <= days; day += 1) {
    const asOfMs = Math.min(fromMs + day * DAY_MS, toMs);
    for (const [name, policy] of Object.entries(tried)) {
      const [plan] = sweepPlans([sweep], policy);
      if (plan === undefined) continue;
      const { alerts } = await evaluateSweep(plan, { asOfMs }, ask);
      for (const alert of alerts) {
        if (tenant === undefined || alert.alert.tenantId === tenant)
          tallies.get(name)?.add(alert, asOfMs - 1);
      }
    }
    onProgress?.(`day ${day} of ${days}`);
  }
  return tallies;
}

/** The query as if nothing had been told before. */
function forgetful(query: string): string {
  return query.replaceAll(
    /\{\{database\}\}\.alerts\b/g,
    '(SELECT * FROM {{database}}.alerts WHERE false)',
  );
}

function percent(done: number, total: number): string {
  return `${total === 0 ? 100 : Math.floor((100 * done) / total)} %`;
}
