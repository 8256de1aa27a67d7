import type { DetectionLag } from './detection.js';

/** How far one sweep has looked. Times as RFC 3339. */
export interface SweptUpTo {
  readonly sweep: string;
  /** Everything it found up to then was told; null: it has not finished for as long as that is kept. */
  readonly asOf: string | null;
  /** Why it failed in the last round; null: it did not. */
  readonly failure: string | null;
}

/** Sweeps look back from the watermark less the lateness, on a timer: they have an as-of time each. */
export interface SweepsUpTo {
  /** When the last round ended; null: none is recorded, or it can't be told. */
  readonly lastRoundAt: string | null;
  readonly sweeps: readonly SweptUpTo[];
  /** Why nothing can be said of sweeps; null where something can. */
  readonly reason: string | null;
}

/** Who had to look before an alert could be in the answer. */
export interface AlertsCompleteness {
  readonly detection: Omit<DetectionLag, 'partitions'>;
  readonly sweeps: SweepsUpTo;
  /** Messages of the log of key events that are dead letters, which none of them has seen; null: unknown. */
  readonly deadLetters: number | null;
}
