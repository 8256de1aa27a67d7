import { severityRank } from '@keywatch/alerting';
import type { Severity } from '@keywatch/events';

interface Telling {
  /** Highest severity told. */
  readonly rank: number;
  /** Moment in ms of the last telling. */
  readonly atMs: number;
}

/** What was told through one channel: per alert (or notice) its highest severity. Bounded: the oldest are forgotten. */
export class Told {
  private readonly tellings = new Map<string, Telling>();

  constructor(private readonly capacity = 200_000) {}

  /** @param atMs moment of the telling by the broker's clock, or one that is not before it */
  add(id: string, severity: Severity, atMs: number): void {
    const before = this.tellings.get(id);
    this.tellings.delete(id);
    this.tellings.set(id, {
      rank: Math.max(severityRank(severity), before?.rank ?? -1),
      atMs: Math.max(atMs, before?.atMs ?? 0),
    });
    if (this.tellings.size > this.capacity) {
      const [oldest] = this.tellings.keys();
      if (oldest !== undefined) this.tellings.delete(oldest);
    }
  }

  /**
   * Whether it was told at this severity or a higher one.
   * @param sinceMs only what was told at this moment or later counts
   */
  has(id: string, severity: Severity, sinceMs = 0): boolean {
    const telling = this.tellings.get(id);
    return (
      telling !== undefined && telling.rank >= severityRank(severity) && telling.atMs >= sinceMs
    );
  }
}
