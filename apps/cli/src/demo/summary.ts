import type { ApiClient, Completeness, ReportAnswer } from '../api/api-client.js';

type Row = Readonly<Record<string, unknown>>;

/** What the demo saw, read back through the API. */
export interface DemoSummary {
  /** Events that the broker acknowledged. */
  readonly produced: number;
  /** Rows stored as events. */
  readonly inserted: number;
  readonly duplicates: number;
  readonly deadLetters: number;
  /** Messages that have arrived and aren't in. */
  readonly lag: number | null;
  readonly alertsByRule: Readonly<Record<string, number>>;
  /** From the first event sent until everything was in, detected and swept. */
  readonly seconds: number;
  readonly completeness: Completeness;
  readonly usage: readonly Row[];
  readonly rotationAge: readonly Row[];
  readonly alerts: readonly Row[];
}

export async function summaryOf(
  api: ApiClient,
  produced: number,
  seconds: number,
): Promise<DemoSummary> {
  const usage = await allRows(api, 'usage');
  const rotationAge = await allRows(api, 'rotation-age');
  const alerts = (await api.alerts({})).rows;
  const { completeness } = usage;
  return {
    produced,
    inserted: completeness.total?.events ?? 0,
    duplicates: completeness.total?.duplicates ?? 0,
    deadLetters: completeness.total?.deadLetters ?? 0,
    lag: completeness.lag.messages,
    alertsByRule: countBy(alerts, ({ rule }) => String(rule)),
    seconds: Math.round(seconds * 10) / 10,
    completeness,
    usage: usage.rows,
    rotationAge: rotationAge.rows,
    alerts,
  };
}

function allRows(api: ApiClient, report: string): Promise<ReportAnswer> {
  return api.report(report, {});
}

export function countBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}
