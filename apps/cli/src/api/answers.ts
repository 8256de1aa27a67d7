/** How complete an answer is, as the API says it. */
export interface Completeness {
  readonly state: 'complete' | 'behind' | 'gaps' | 'unknown';
  readonly completeUpTo: string | null;
  readonly lag: { readonly messages: number | null; readonly seconds: number | null };
  readonly missing: number | null;
  readonly reason: string | null;
  readonly total: Counts | null;
  /** Of an answer about alerts: who had to look before an alert could be in it. */
  readonly alerts?: AlertsCompleteness;
}

export interface AlertsCompleteness {
  readonly detection: {
    readonly state: Completeness['state'];
    readonly completeUpTo: string | null;
    /** Messages that are not evaluated yet, and the arrival of the oldest. */
    readonly lag: number | null;
    readonly waitingSince: string | null;
    readonly reason: string | null;
  };
  readonly sweeps: {
    readonly lastRoundAt: string | null;
    readonly sweeps: readonly {
      readonly sweep: string;
      readonly asOf: string | null;
      readonly failure: string | null;
    }[];
    readonly reason: string | null;
  };
  /** Messages of the log of key events that are dead letters; null: unknown. */
  readonly deadLetters: number | null;
}

export interface Counts {
  readonly events: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly deadLetters: number;
}

/** How far one partition is in. */
export interface PartitionCompleteness {
  readonly partition: number;
  /** Offset after the last that is in; null: nothing is. */
  readonly position: number | null;
  /** Offset of the next message that will arrive. */
  readonly end: number;
  readonly lag: number;
}

export interface TopicCompleteness extends Completeness {
  /** Empty where the state is unknown. */
  readonly partitions: readonly PartitionCompleteness[];
}

export interface PipelineCompleteness {
  readonly keyEvents: TopicCompleteness;
  readonly alertEvents: TopicCompleteness;
  /** What detection has folded and recorded; null and none: unknown. */
  readonly detection: {
    readonly lag: number | null;
    readonly reason: string | null;
    readonly partitions: readonly { readonly partition: number; readonly position: number }[];
  };
}

export interface ReportAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly completeness: Completeness;
  readonly nextCursor: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly title: string;
    readonly type: string;
    readonly format?: string;
    readonly detail?: true;
  }[];
  /** What is known of the keys that it is about; missing: it is about no particular key. */
  readonly subjects?: readonly Readonly<Record<string, unknown>>[];
  /** What it means; missing or null: the rows speak for themselves. */
  readonly conclusion?: string | null;
}

export interface PostAnswer {
  readonly accepted: number;
  readonly rejected: number;
  readonly results: readonly {
    readonly id: string | null;
    readonly status: string;
    readonly reason: string | null;
    readonly error: string | null;
  }[];
}
