import type { SweepRun } from '@keywatch/clickhouse';
import { SweepMemory, type SweepPlan } from '@keywatch/detection';
import { ownerNotices, type AlertEvent } from '@keywatch/events';
import type { Log } from '@keywatch/platform';
import type { AlertTopic, History, Progress, Rounds } from './ports.js';

export interface SweeperOptions {
  readonly sweeps: readonly SweepPlan[];
  readonly progress: Progress;
  readonly history: History;
  readonly topic: AlertTopic;
  readonly rounds: Rounds;
  /** Sweeps look up to the watermark less this, in ms. */
  readonly latenessMs: number;
  readonly log: Log;
  readonly onSwept?: (
    sweep: string,
    asOfMs: number,
    alerts: readonly AlertEvent[],
    seconds: number,
  ) => void;
}

/** Why nothing could be evaluated. */
export class NotEvaluated extends Error {}

/**
 * Runs every sweep up to the watermark less the lateness: never up to the time of day, so that what hasn't come in yet
 * raises nothing.
 */
export class Sweeper {
  private readonly memory = new SweepMemory();
  private sweeps: readonly SweepPlan[];

  constructor(private readonly options: SweeperOptions) {
    this.sweeps = options.sweeps;
  }

  /** Other settings, from the next round on: sweeps look back as far as after a start. */
  change(sweeps: readonly SweepPlan[]): void {
    this.sweeps = sweeps;
  }

  /** @returns the as-of time in ms. @throws NotEvaluated, or the failure of a backend, after every sweep was tried. */
  async run(): Promise<number> {
    const { progress, latenessMs, log } = this.options;
    const { upToMs, lagMessages } = await progress.watermark();
    if (upToMs === null) {
      throw new NotEvaluated(
        `nothing of a partition is stored yet; ${lagMessages} messages are waiting`,
      );
    }
    const asOfMs = upToMs - latenessMs;
    const failures: unknown[] = [];
    const runs: SweepRun[] = [];
    for (const plan of this.sweeps) {
      try {
        runs.push(await this.sweep(plan, asOfMs));
      } catch (error) {
        log.error({ err: error, sweep: plan.sweep.id }, 'a sweep failed');
        failures.push(error);
        runs.push(failedRun(plan.sweep.id, asOfMs, error));
      }
    }
    try {
      await this.options.rounds.record(runs.filter(({ sweep }) => this.isOn(sweep)));
    } catch (error) {
      // What was found is told; how far this round looked is known when the next is recorded.
      log.warn({ err: error }, 'how far the sweeps looked could not be recorded');
    }
    if (failures.length > 0) throw failures[0];
    return asOfMs;
  }

  private async sweep(plan: SweepPlan, asOfMs: number): Promise<SweepRun> {
    const { sweep } = plan;
    const { history, topic, onSwept } = this.options;
    const started = performance.now();
    const { alerts, full } = await this.memory.round(
      plan,
      asOfMs,
      (query) => history.rows(query),
      (fresh) => topic.tell(noticesOf(sweep.id, asOfMs, fresh), fresh),
    );
    const seconds = (performance.now() - started) / 1000;
    onSwept?.(sweep.id, asOfMs, alerts, seconds);
    const outcome = full ? 'cut' : 'done';
    return { sweep: sweep.id, asOfMs, outcome, alerts: alerts.length, seconds, error: '' };
  }

  /** Whether the sweep is on for any tenant: one that is off looks nowhere. */
  private isOn(id: string): boolean {
    return this.sweeps.some(
      ({ sweep, enabled = true, tenants = [] }) =>
        sweep.id === id && (enabled || tenants.some((tenant) => tenant.enabled)),
    );
  }
}

/** Characters of a reason that are kept. */
const MAX_ERROR = 500;

function failedRun(sweep: string, asOfMs: number, error: unknown): SweepRun {
  const reason = (error as Error).message.slice(0, MAX_ERROR);
  return { sweep, asOfMs, outcome: 'failed', alerts: 0, seconds: 0, error: reason };
}

/** Owners hear of live keys only: imports of old logs page nobody. */
function noticesOf(
  rule: string,
  asOfMs: number,
  events: readonly AlertEvent[],
): ReturnType<typeof ownerNotices> {
  const live = events.map(({ alert }) => alert).filter(({ historical }) => !historical);
  return ownerNotices(rule, new Date(asOfMs).toISOString(), live);
}
