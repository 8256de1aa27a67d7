import type { Alert } from '@keywatch/events';
import type { Rule } from '../rule.js';
import type { Sweep } from '../sweep.js';
import type { Arrived } from './case-event.js';
import type { Expected } from './told.js';

interface Case {
  readonly name: string;
  /** Where it stands in its file, from 1. */
  readonly line: number;
  /** Its own, above those that hold. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How late an event may come, in ms. */
  readonly latenessMs: number;
  readonly given: readonly Arrived[];
  /** Empty: nothing is to be told. */
  readonly then: readonly Expected[];
}

/** Given these events, when those come, then these alerts are told, or none. */
export interface StreamCase extends Case {
  readonly kind: 'stream';
  readonly rule: Rule;
  readonly when: readonly Arrived[];
}

/** Given these events, when the sweep looks at these times, then these alerts are told, or none. */
export interface SweepCase extends Case {
  readonly kind: 'sweep';
  readonly rule: Sweep;
  /** Ascending, in ms. */
  readonly asOfMs: readonly number[];
}

/** A person's own case of a rule on the stream or of a sweep. */
export type RuleCase = StreamCase | SweepCase;

export interface CaseResult {
  readonly name: string;
  readonly rule: string;
  readonly line: number;
  readonly expected: readonly Expected[];
  readonly told: readonly Alert[];
  /** What differs; missing: all is as expected. */
  readonly problem?: string;
}

/** The result of a case, as its difference says. */
export function resultOf(
  { name, rule, line, then }: RuleCase,
  told: readonly Alert[],
  problem: string | undefined,
): CaseResult {
  const result = { name, rule: rule.id, line, expected: then, told };
  return problem === undefined ? result : { ...result, problem };
}
