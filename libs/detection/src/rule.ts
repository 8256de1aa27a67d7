import type { Finding } from '@keywatch/alerting';
import type { KeyEvent, KeyEventType, Severity } from '@keywatch/events';
import type { KeyState } from '@keywatch/keys';
import type { z } from 'zod';
import type { Runbook } from './runbook.js';

/** What a rule may know besides its own state and the event. There is no clock: a replay sees the same. */
export interface RuleContext<Settings> {
  readonly settings: Settings;
  /** The event's time in ms: its own, never later than its log time + 5 s. */
  readonly timeMs: number;
  /** The key's clock with this event in it: the latest such time seen. */
  readonly clockMs: number;
  /** How far behind the key's clock an event may come and still be on time. */
  readonly latenessMs: number;
  /** The event is further behind than that: use it for sets and last use, not for windows already left behind. */
  readonly late: boolean;
  /** Lifecycle of the key with this event in it; undefined: no lifecycle event was seen. */
  readonly key: KeyState | undefined;
  /** Lifecycle before this event. The same object as `key` unless this is a lifecycle event. */
  readonly keyBefore: KeyState | undefined;
}

/**
 * A rule on the stream: a fold per key that gives findings. It is a monotone predicate over a window: does it hold
 * that, for this subject and this UTC day, ...? The window names the alert; counts, environments and severity are
 * evidence that may grow. Then the same events in another order give the same alerts.
 */
export interface Rule<State = unknown, Schema extends z.ZodObject = z.ZodObject> {
  /** Kebab case, as the file's name. Part of every alert id: never change it. */
  readonly id: string;
  /** Raise it when the state's form or meaning changes: states of another version are dropped. */
  readonly version: number;
  readonly title: string;
  /** What it looks for, when it keeps quiet, where the thresholds come from. */
  readonly description: string;
  readonly runbook: Runbook;
  /** Highest severity it gives. */
  readonly severity: Severity;
  /** A strict zod object; every member has a default and a description. */
  readonly settings: Schema;
  /** Types of events that can only quieten this rule: arriving late they take no alert back. */
  readonly quietenedBy?: readonly KeyEventType[];
  /** Bound of the state's JSON in bytes, whatever arrives. */
  readonly stateBytes: number;
  /**
   * How long after the last event of a key (log time, ms) its state can still matter; `state` undefined: the key has
   * none. Asked of keys without a known lifecycle, on every event: a caller can invent those, so be brief where the state
   * holds nothing.
   */
  keepsMs(settings: z.output<Schema>, latenessMs: number, state: State | undefined): number;
  initial(): State;
  /** Adds the event to the state (in place) and says what it found that is new. */
  fold(state: State, event: KeyEvent, context: RuleContext<z.output<Schema>>): readonly Finding[];
  /** JSON value of the state; undefined: nothing worth keeping. */
  serialize(state: State): unknown;
  deserialize(json: unknown): State;
}

type Serializers = 'serialize' | 'deserialize';

/** Declares a rule. Without serializers the state itself must be a JSON value. */
export function defineRule<State, Schema extends z.ZodObject>(
  rule: Omit<Rule<State, Schema>, Serializers> & Partial<Pick<Rule<State, Schema>, Serializers>>,
): Rule<State, Schema> {
  return {
    serialize: (state) => state,
    deserialize: (json) => json as State,
    ...rule,
  };
}
