import type { AlertEvent } from '@keywatch/events';
import { alertsOfRow, type Sweep, type SweepQuery, type SweepTime } from '../sweep.js';
import { compileExceptions, type DetectionException } from './exceptions.js';
import { factsOfAlerts } from './sweep-facts.js';
import type { SweepPlan } from './sweep-plan.js';

/** Rows of a query. */
export type Ask = (query: SweepQuery) => Promise<readonly unknown[]>;

export interface SweepResult {
  readonly alerts: readonly AlertEvent[];
  /** Whether there may be more findings than the sweep gives at once. */
  readonly full: boolean;
}

/** How often an answer that left nothing to tell is asked for in a larger size, each four times the last. */
const ENLARGEMENTS = 5;

/**
 * Runs a sweep as its plan says: once for all tenants, and once more for each tenant that has settings of its own.
 * Findings that an exception names are left out.
 */
export async function evaluateSweep(
  plan: SweepPlan,
  time: SweepTime,
  ask: Ask,
): Promise<SweepResult> {
  const { sweep, settings, enabled = true, tenants = [], exceptions = [] } = plan;
  const own = new Set(tenants.map(({ tenantId }) => tenantId));
  const runs = [
    ...(enabled ? [{ settings, isMeant: (tenant: string) => !own.has(tenant) }] : []),
    ...tenants
      .filter((tenant) => tenant.enabled)
      .map(({ tenantId, settings: theirs }) => ({
        settings: theirs,
        isMeant: (tenant: string) => tenant === tenantId,
      })),
  ];
  const alerts: AlertEvent[] = [];
  let full = false;
  for (const { settings: tuned, isMeant } of runs) {
    const keep = async (found: readonly AlertEvent[]): Promise<readonly AlertEvent[]> =>
      withoutExcepted(
        sweep,
        found.filter(({ alert }) => isMeant(alert.tenantId)),
        exceptions,
        time.asOfMs,
        ask,
      );
    const result = await run(sweep, tuned, time, ask, keep);
    alerts.push(...result.alerts);
    full ||= result.full;
  }
  return { alerts, full };
}

/**
 * A sweep gives so many findings at once, those first that are due longest. What is left out afterwards stays due, and
 * would keep the others back for ever: then more are asked for.
 */
async function run(
  sweep: Sweep,
  settings: Record<string, unknown>,
  time: SweepTime,
  ask: Ask,
  keep: (found: readonly AlertEvent[]) => Promise<readonly AlertEvent[]>,
): Promise<SweepResult> {
  let limit = Number(settings['maxFindings'] ?? Infinity);
  for (let larger = 0; ; larger += 1) {
    const sized = Number.isFinite(limit) ? { ...settings, maxFindings: limit } : settings;
    const rows = await ask(sweep.sql(sized, time));
    const found = rows.flatMap((row) => alertsOfRow(sweep, row, settings, time));
    const alerts = await keep(found);
    const full = rows.length >= limit;
    if (!full || alerts.length > 0 || found.length === 0 || larger === ENLARGEMENTS) {
      return { alerts, full };
    }
    limit *= 4;
  }
}

async function withoutExcepted(
  sweep: Sweep,
  alerts: readonly AlertEvent[],
  exceptions: readonly DetectionException[],
  asOfMs: number,
  ask: Ask,
): Promise<readonly AlertEvent[]> {
  const holding = exceptions.filter(({ untilMs }) => untilMs > asOfMs);
  const excepted = compileExceptions(holding, sweep.id);
  if (excepted === undefined || alerts.length === 0) return alerts;
  const factsOf = await factsOfAlerts(alerts, holding, asOfMs, ask);
  return alerts.filter((alert) => !excepted(factsOf(alert)));
}
