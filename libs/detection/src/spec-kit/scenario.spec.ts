import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineRule } from '../rule.js';
import { used } from './arrivals.js';
import { scenarioOf } from './scenario.js';

interface State {
  count: number;
  last: string;
}

/** A rule that fires as `broken` says, to see that the kit finds it out. */
function rule(
  broken: (state: State, id: string) => boolean,
  serialize?: (state: State) => unknown,
) {
  return defineRule({
    id: 'broken',
    version: 1,
    title: 'Broken on purpose',
    description: 'Breaks a law on purpose',
    severity: 'low',
    runbook: { means: '', check: [], act: [], falseAlarms: [] },
    settings: z.strictObject({}),
    stateBytes: 64,
    keepsMs: () => 0,
    initial: (): State => ({ count: 0, last: '' }),
    ...(serialize === undefined ? {} : { serialize }),
    fold(state: State, event, { timeMs }) {
      const fires = broken(state, event.id);
      state.count += 1;
      state.last = event.id;
      const finding = {
        window: 'w',
        severity: 'low',
        occurredAtMs: timeMs,
        facts: {},
        revision: [],
        scope: { view: 'requests' },
      } as const;
      return fires ? [{ ...finding, sentence: 'Fired.' }] : [];
    },
  });
}

const [a, b] = [
  used({ at: '2026-03-01T10:00Z', id: 'a' }),
  used({ at: '2026-03-01T10:01Z', id: 'b' }),
];
const afterA = (state: State, id: string) => state.last === 'a' && id === 'b';

describe('the spec kit', () => {
  it('finds out a rule that depends on the order of arrival, and prints the seed', () => {
    const then = scenarioOf(rule(afterA)).given(a).when(b);
    expect(() => {
      then.thenAlerts([{}]);
    }).toThrow(/seed: /);
    expect(() => {
      then.inThisOrderOnly('the case is about this order').thenAlerts([{}]);
    }).not.toThrow();
  });

  it('finds out a rule whose state does not survive storage', () => {
    const forgetful = rule(
      (state) => state.count === 1,
      () => undefined,
    );
    expect(() => {
      scenarioOf(forgetful).given(a).when(b).thenAlerts([{}]);
    }).toThrow(/stored in between/);
  });

  it('finds out a rule that counts a second delivery', () => {
    const far = Array.from({ length: 80 }, (_, i) =>
      used({ at: '2026-03-01T10:00Z', id: `n${i}` }),
    );
    const counting = rule((state) => state.count === 90);
    expect(() => {
      scenarioOf(counting)
        .given(...far)
        .when(a)
        .thenSilent();
    }).toThrow(/delivered twice/);
  });

  it('compares the number of tellings and what they say', () => {
    const always = scenarioOf(rule((state) => state.count === 0));
    expect(() => {
      always.when(a).thenAlerts([{ severity: 'high' }]);
    }).toThrow();
    expect(() => {
      always.when(a).thenAlerts([{}, {}]);
    }).toThrow(/alerts told/);
    expect(() => {
      always.when(a).thenSilent();
    }).toThrow(/alerts told/);
    always.when(a).thenAlerts([{ severity: 'low', window: 'w' }]);
  });

  it('asks for another way where an event’s time comes from its arrival', () => {
    const none = used({ arrives: '2026-03-01T10:00Z' });
    expect(() => {
      scenarioOf(rule(() => false))
        .when(none)
        .thenSilent();
    }).toThrow(/inThisOrderOnly/);
  });
});
