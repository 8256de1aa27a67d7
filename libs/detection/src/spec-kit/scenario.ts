import assert from 'node:assert/strict';
import type { Alert } from '@keywatch/events';
import { createEngine } from '../engine/engine.js';
import type { Rule } from '../rule.js';
import type { Arrival } from './arrivals.js';
import {
  assertDuplicatesChangeNothing,
  assertOrderChangesNothing,
  assertStoringChangesNothing,
} from './laws.js';
import { run } from './run.js';

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;
export type ExpectedAlert = DeepPartial<Alert>;

export interface Then {
  /**
   * The events of `when` give exactly these tellings, each with at least what is stated. Then the laws: the same
   * alerts in any order within the lateness, with every event delivered twice, and with records stored in between.
   */
  thenAlerts(expected: readonly ExpectedAlert[]): void;
  thenSilent(): void;
  /** Leaves out the law of order, where the case is about a certain order. Say why. */
  inThisOrderOnly(reason: string): Then;
}

export interface Scenario {
  given(...events: Arrival[]): { when(...events: Arrival[]): Then };
  when(...events: Arrival[]): Then;
}

/** For specs only: cases of one rule as *given these events, when this, then that*. */
export function scenarioOf(
  rule: Rule,
  options: { settings?: Record<string, unknown>; latenessMs?: number } = {},
): Scenario {
  const { settings = {}, latenessMs = 15 * 60_000 } = options;
  const engine = createEngine({ rules: [rule], settings: { [rule.id]: settings }, latenessMs });

  const then = (given: Arrival[], when: Arrival[], anyOrder: boolean): Then => ({
    thenAlerts(expected) {
      const all = [...given, ...when];
      const before = run(engine, given).alerts.length;
      const told = run(engine, all).alerts.slice(before);
      const alerts = told.map(({ alert }) => alert);
      assert.equal(alerts.length, expected.length, `alerts told: ${JSON.stringify(alerts)}`);
      expected.forEach((one, i) => {
        assert.partialDeepStrictEqual(alerts[i], one);
      });
      assertDuplicatesChangeNothing(engine, all);
      assertStoringChangesNothing(engine, all);
      if (anyOrder) assertOrderChangesNothing(engine, rule, all, latenessMs);
    },
    thenSilent() {
      this.thenAlerts([]);
    },
    inThisOrderOnly(reason) {
      assert.ok(reason.length > 0, 'inThisOrderOnly needs a reason');
      return then(given, when, false);
    },
  });
  return {
    given: (...given) => ({ when: (...when) => then(given, when, true) }),
    when: (...when) => then([], when, true),
  };
}
