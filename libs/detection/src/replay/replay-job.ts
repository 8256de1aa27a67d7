import type { AlertEvent } from '@keywatch/events';
import type { DetectionPolicy } from '../policy/policy.js';

/** A stretch of one partition's log, by offset; what arrived before the time asked for is warm-up. */
export interface ReplayPart {
  readonly partition: number;
  readonly from: number;
  /** First offset that is not read any more. */
  readonly to: number;
}

/** What a replay of the log folds; its process gets it as one line of JSON on standard input. */
export interface ReplayJob {
  /** Addresses of Kafka. */
  readonly brokers: readonly string[];
  /** Log time in ms: alerts of what arrived from here on are given, */
  readonly fromMs: number;
  /** and of what arrived before this. */
  readonly toMs: number;
  readonly parts: readonly ReplayPart[];
  /** Whether the topic of detection's states is there, which says what settings held when. */
  readonly hasStates: boolean;
  /** Holds in a partition where no settings are recorded: detection has never been there. */
  readonly policy: DetectionPolicy;
}

/** What a replay says, one line of JSON each on standard output; the last one is `end`. */
export type ReplayLine =
  | ReplayedAlert
  | {
      readonly kind: 'progress';
      readonly partition: number;
      /** Next offset to be read. */
      readonly position: number;
      readonly to: number;
      /** Log time of the last message read, in ms; 0: none yet. */
      readonly logTimeMs: number;
    }
  | ReplayedPart
  | { readonly kind: 'end' };

/** A telling, in the order of its partition. */
export interface ReplayedAlert {
  readonly kind: 'alert';
  readonly partition: number;
  /** Of the event that completed it. */
  readonly offset: number;
  readonly alert: AlertEvent;
  /** Version of the rule in the settings recorded for this offset; null: the rule wasn't there. */
  readonly ruleThen: number | null;
}

/** One partition is through. */
export interface ReplayedPart {
  readonly kind: 'part';
  readonly partition: number;
  /** Whether settings were recorded, which held then; else those of now hold for all of it. */
  readonly recorded: boolean;
  /** Messages before the time asked for. */
  readonly warmUp: number;
  /** Messages within it. */
  readonly messages: number;
  /** Keys whose state was held at the end. */
  readonly keys: number;
}
