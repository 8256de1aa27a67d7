import type { AlertEvent } from '@keywatch/events';

const DAY_MS = 86_400_000;

export interface Subject {
  readonly tenant: string;
  readonly key: string;
  readonly alerts: number;
}

/** What one set of settings gave. */
export interface Variant {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly alerts: number;
  readonly perWeek: number;
  /** Alerts by UTC day, every day of the time asked for. */
  readonly days: readonly { readonly day: string; readonly alerts: number }[];
  /** The noisiest, at most 10. */
  readonly subjects: readonly Subject[];
}

/** Counts alerts, each once however often it is told, that occurred in a time. */
export class Tally {
  private readonly seen = new Set<string>();
  private readonly days = new Map<string, number>();
  private readonly subjects = new Map<string, number>();

  constructor(
    private readonly fromMs: number,
    private readonly toMs: number,
  ) {}

  get alerts(): number {
    return this.seen.size;
  }

  get perWeek(): number {
    return (this.alerts * 7 * DAY_MS) / (this.toMs - this.fromMs);
  }

  add({ alert }: AlertEvent, atMs = Date.parse(alert.occurredAt)): void {
    if (atMs < this.fromMs || atMs >= this.toMs || this.seen.has(alert.alertId)) return;
    this.seen.add(alert.alertId);
    const day = new Date(atMs).toISOString().slice(0, 10);
    this.days.set(day, (this.days.get(day) ?? 0) + 1);
    const subject = JSON.stringify([alert.tenantId, alert.keyId]);
    this.subjects.set(subject, (this.subjects.get(subject) ?? 0) + 1);
  }

  result(name: string, settings: Readonly<Record<string, unknown>>): Variant {
    const days: { day: string; alerts: number }[] = [];
    for (let ms = this.fromMs; ms < this.toMs; ms += DAY_MS) {
      const day = new Date(ms).toISOString().slice(0, 10);
      days.push({ day, alerts: this.days.get(day) ?? 0 });
    }
    const subjects = [...this.subjects]
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, 10)
      .map(([name_, alerts]) => {
        const [tenant, key] = JSON.parse(name_) as [string, string];
        return { tenant, key, alerts };
      });
    return { name, settings, alerts: this.alerts, perWeek: this.perWeek, days, subjects };
  }
}
