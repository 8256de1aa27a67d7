import { toAlertEvent, type Finding } from '@keywatch/alerting';
import type { Alert, AlertEvent, Severity } from '@keywatch/events';
import type { z } from 'zod';
import type { Runbook } from './runbook.js';

/** A finding that says whose key it is about: a sweep's rows come from all tenants and lanes. */
export interface SweepFinding extends Finding {
  readonly tenantId: string;
  readonly lane: string;
  readonly keyId: string;
  readonly owner?: Alert['owner'];
}

export interface SweepQuery {
  /** SQL that reads. `{{database}}` stands for the database's name, `{name:Type}` for a parameter. */
  readonly query: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** When a sweep looks: everything up to here is in (the watermark minus the lateness). Never the time of day. */
export interface SweepTime {
  readonly asOfMs: number;
  /** As-of time of the last sweep of which everything was told; missing: not known, as after a start. */
  readonly sinceMs?: number | undefined;
}

/** A rule that needs history or the passing of time: a query over ClickHouse, and what its rows mean. */
export interface Sweep<Row = unknown, Schema extends z.ZodObject = z.ZodObject> {
  /** Kebab case, as the file's name. Part of every alert id: never change it. */
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  readonly runbook: Runbook;
  /** Highest severity it gives. */
  readonly severity: Severity;
  /** A strict zod object; every member has a default and a description. */
  readonly settings: Schema;
  /** Rows of what holds as of a time and has not been raised. */
  sql(settings: z.output<Schema>, time: SweepTime): SweepQuery;
  /** One row, as JSONEachRow gives it. */
  readonly row: z.ZodType<Row>;
  toFindings(
    row: Row,
    context: SweepTime & { readonly settings: z.output<Schema> },
  ): SweepFinding[];
}

/** Declares a sweep. */
export function defineSweep<Row, Schema extends z.ZodObject>(
  sweep: Sweep<Row, Schema>,
): Sweep<Row, Schema> {
  return sweep;
}

/**
 * The tellings of one row of the sweep's query. `settings` as {@link resolveSettings} gives them.
 *
 * @throws ZodError if the row isn't what the sweep's schema says.
 */
export function alertsOfRow(
  sweep: Sweep,
  row: unknown,
  settings: Record<string, unknown>,
  { asOfMs }: SweepTime,
): AlertEvent[] {
  return sweep.toFindings(sweep.row.parse(row), { asOfMs, settings }).map((finding) =>
    toAlertEvent(finding, {
      source: 'sweep',
      rule: sweep,
      tenantId: finding.tenantId,
      lane: finding.lane,
      keyId: finding.keyId,
      detectedAtMs: asOfMs,
      owner: finding.owner,
    }),
  );
}
