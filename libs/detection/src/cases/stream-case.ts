import type { Alert } from '@keywatch/events';
import { createEngine } from '../engine/engine.js';
import type { KeyRecord } from '../engine/key-record.js';
import { policyFor, type DetectionPolicy } from '../policy/policy.js';
import { withSettings } from '../policy/with-settings.js';
import type { Arrived } from './case-event.js';
import { differenceInOrder } from './difference.js';
import { resultOf, type CaseResult, type StreamCase } from './rule-case.js';

/** Runs a case with what holds by the policy, and the case's own settings above it. */
export function runStreamCase(one: StreamCase, policy: DetectionPolicy): CaseResult {
  const { rule, settings, given, when, then, latenessMs } = one;
  const own = policyFor([rule], withSettings(policy, rule.id, settings));
  const engine = createEngine({
    rules: [rule],
    settings: own.rules,
    tenants: own.tenants,
    exceptions: own.exceptions,
    latenessMs,
  });
  const records = new Map<string, KeyRecord>();
  let offset = 0;
  const fold = (arrived: readonly Arrived[]): Alert[] =>
    arrived.flatMap(({ event, logTimeMs }) => {
      const key = engine.recordKey(event);
      const position = { partition: 0, offset: (offset += 1), logTimeMs };
      const { record, alerts } = engine.fold(records.get(key), event, position);
      records.set(key, record);
      return alerts.map(({ alert }) => alert);
    });
  fold(given);
  const told = fold(when);
  return resultOf(one, told, differenceInOrder(told, then));
}
