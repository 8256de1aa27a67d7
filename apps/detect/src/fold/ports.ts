import type { AlertEvent } from '@keywatch/events';

/** What kafkajs commits in the place of a position that it found outside the log: "earliest". */
export const OVERTAKEN = -2;

/** Where the group and the source log stand. */
export abstract class SourcePositions {
  /** Next offset the group has committed to read, or OVERTAKEN; undefined: none. */
  abstract committed(partition: number): Promise<number | undefined>;
  /** First offset of the log and the one that the next message will get. */
  abstract bounds(partition: number): Promise<{ readonly low: number; readonly high: number }>;
}

/** Takes alerts; resolves when all replicas in sync have them. */
export abstract class AlertSink {
  abstract publish(alerts: readonly AlertEvent[]): Promise<void>;
}

/** Steps after which a failure test may kill the process. */
export type Step = 'alerts-sent' | 'within-states' | 'state-sent' | 'committed';

/** What the fold tells about itself. */
export abstract class DetectObserver {
  /** Messages of one slice by what became of them. */
  abstract folded(outcomes: ReadonlyMap<string, number>, seconds: number): void;
  abstract alertsSent(alerts: readonly AlertEvent[]): void;
  abstract restored(restore: RestoreFacts): void;
  abstract lag(partition: number, messages: number, logTimeMs: number): void;
  abstract checkpointed(partition: number, checkpoint: CheckpointFacts): void;
  abstract dropped(partition: number, reason: string): void;
  /** Messages that retention took away before they were evaluated; `from` where that is known. */
  abstract missed(partition: number, from: number | undefined, to: number): void;
  /** Changed settings were recorded: they hold from this offset on. */
  abstract settingsHold(partition: number, from: number): void;
  abstract passed(step: Step): void;
}

export interface RestoreFacts {
  readonly partition: number;
  readonly position: number;
  readonly keys: number;
  readonly records: number;
  readonly bytes: number;
  readonly overwritten: number;
  readonly seconds: number;
}

export interface CheckpointFacts {
  readonly outcome: string;
  readonly records: number;
  readonly bytes: number;
  readonly foreign: number;
  readonly seconds: number;
  readonly error?: unknown;
}
