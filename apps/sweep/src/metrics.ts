import { Counter, Gauge, Histogram, type Registry } from '@keywatch/platform';
import type { AlertEvent } from '@keywatch/events';

/** Metrics of sweeps; no key or tenant as a label. */
export class SweepMetrics {
  private readonly asOf: Gauge;
  private readonly alerts: Counter;
  private readonly seconds: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.asOf = new Gauge({
      name: 'keywatch_sweep_as_of_seconds',
      help: 'As-of time of the last finished sweep, seconds since 1970',
      labelNames: ['sweep'],
      registers,
    });
    this.alerts = new Counter({
      name: 'keywatch_alerts_total',
      help: 'Alerts told, by rule and severity',
      labelNames: ['rule', 'severity'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'keywatch_sweep_duration_seconds',
      help: 'Duration of a sweep in seconds',
      labelNames: ['sweep'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    });
  }

  swept(sweep: string, asOfMs: number, alerts: readonly AlertEvent[], seconds: number): void {
    this.asOf.set({ sweep }, asOfMs / 1000);
    this.seconds.observe({ sweep }, seconds);
    this.told(alerts);
  }

  told(alerts: readonly AlertEvent[]): void {
    for (const { alert } of alerts) this.alerts.inc({ rule: alert.rule, severity: alert.severity });
  }
}
