import type { AlertEvent } from '@keywatch/events';
import { evaluateSweep, type Ask, type SweepResult } from './evaluate-sweep.js';
import type { SweepPlan } from './sweep-plan.js';

/**
 * What sweeps remember from one round to the next. What was told is not told again while it travels to the tables that
 * the queries look into, and up to where everything was told need not be looked through again.
 */
export class SweepMemory {
  private readonly travelling = new Map<string, Set<string>>();
  /**
   * Up to when everything was told. Lost on a restart, and where other settings make another plan: sweeps then look
   * back further.
   */
  private readonly toldUpTo = new WeakMap<SweepPlan, number>();

  /**
   * One round of a sweep. A failure of `ask` or `tell` leaves the memory as it was, so that the next round tells all.
   * @returns what was told; `full`: there may be more
   */
  async round(
    plan: SweepPlan,
    asOfMs: number,
    ask: Ask,
    tell: (alerts: readonly AlertEvent[]) => Promise<void>,
  ): Promise<SweepResult> {
    const { id } = plan.sweep;
    const time = { asOfMs, sinceMs: this.toldUpTo.get(plan) };
    const { alerts: found, full } = await evaluateSweep(plan, time, ask);
    const told = this.travelling.get(id) ?? new Set();
    const alerts = found.filter((alert) => !told.has(alert.id));
    if (alerts.length > 0) await tell(alerts);
    // What the query no longer finds has arrived; only the rest must be remembered.
    this.travelling.set(id, new Set(found.map((alert) => alert.id)));
    // An answer that is full may have been cut: what is left out is looked for once more.
    if (!full) this.toldUpTo.set(plan, asOfMs);
    return { alerts, full };
  }
}
