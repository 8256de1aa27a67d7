import { describe, expect, it } from '@jest/globals';
import {
  ALERT_ACTIONS,
  SEVERITIES,
  type AlertActionEvent,
  type AlertActionName,
} from '@keywatch/events';
import { anAlertAction } from '@keywatch/testing';
import fc from 'fast-check';
import { stateOf, UNTOUCHED, withAction, type AlertHandling } from './workflow.js';

const fold = (events: readonly AlertActionEvent[]): AlertHandling =>
  events.reduce(withAction, UNTOUCHED);
const minute = (n: number): string => new Date(Date.UTC(2026, 2, 1, 10, n)).toISOString();
let ids = 0;
const did = (action: AlertActionName, n: number, by = 'ann'): AlertActionEvent => {
  ids += 1;
  return anAlertAction(action, { at: minute(n), by, why: `${action} at ${n}` }, `id-${ids}`);
};

const anAction = fc
  .record({
    // Few of each, so that times and even ids meet.
    id: fc.integer({ min: 0, max: 20 }).map((n) => `id-${n}`),
    action: fc.constantFrom(...ALERT_ACTIONS),
    n: fc.integer({ min: 0, max: 5 }),
    severity: fc.constantFrom(...SEVERITIES),
  })
  .map(({ id, action, n, severity }) =>
    // One id is one event: everything else follows from it.
    anAlertAction(
      action,
      { at: minute(n), by: `by ${id}`, severity },
      `${id}-${action}-${n}-${severity}`,
    ),
  );

describe('an alert', () => {
  it('nobody has touched is open', () => {
    expect(stateOf(UNTOUCHED, 'high')).toEqual({ status: 'open', comments: 0 });
  });

  it('is what the last deed made of it; comments make nothing of it', () => {
    const steps = [did('acknowledged', 1, 'ann'), did('commented', 2), did('resolved', 3, 'bob')];
    expect(stateOf(fold(steps.slice(0, 2)), 'medium')).toMatchObject({
      status: 'acknowledged',
      acknowledged: { by: 'ann', at: minute(1), why: 'acknowledged at 1' },
      comments: 1,
    });
    expect(stateOf(fold(steps), 'medium')).toMatchObject({
      status: 'resolved',
      acknowledged: { by: 'ann' },
      resolved: { by: 'bob' },
      since: { by: 'bob' },
    });
    const again = stateOf(fold([...steps, did('reopened', 4, 'cy')]), 'medium');
    expect(again).toMatchObject({ status: 'open', since: { by: 'cy' }, comments: 1 });
    expect(again).not.toHaveProperty('acknowledged');
    const taken = stateOf(
      fold([...steps, did('reopened', 4), did('resolved', 5, 'dee')]),
      'medium',
    );
    expect(taken).toMatchObject({ status: 'resolved', resolved: { by: 'dee' } });
    expect(taken).not.toHaveProperty('acknowledged');
  });

  it('that somebody took up again after it was resolved is acknowledged, not resolved', () => {
    const state = stateOf(fold([did('resolved', 1), did('acknowledged', 2, 'bob')]), 'medium');
    expect(state).toMatchObject({ status: 'acknowledged', acknowledged: { by: 'bob' } });
    expect(state).not.toHaveProperty('resolved');
  });

  it.each(['acknowledged', 'resolved'] as const)(
    'that was %s is open again when it is told more severe, and only then',
    (action) => {
      const handling = fold([did(action, 1, 'ann')]);
      expect(stateOf(handling, 'low').status).toBe(action);
      expect(stateOf(handling, 'medium').status).toBe(action);
      expect(stateOf(handling, 'high')).toEqual({
        status: 'open',
        outgrown: expect.objectContaining({ by: 'ann' }),
        comments: 0,
      });
      const seen = anAlertAction('acknowledged', { at: minute(2), severity: 'high' }, 'later');
      expect(stateOf(withAction(handling, seen), 'high').status).toBe('acknowledged');
    },
  );

  it('is the same in whatever order its actions come, and however often', () => {
    fc.assert(
      fc.property(
        fc
          .array(anAction, { maxLength: 12 })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
            ),
          ),
        fc.constantFrom(...SEVERITIES),
        ([events, shuffled], severity) => {
          expect(fold(shuffled)).toEqual(fold(events));
          expect(stateOf(fold(shuffled), severity)).toEqual(stateOf(fold(events), severity));
        },
      ),
    );
  });

  it('keeps its comments in the order they were made, each once', () => {
    const [first, second] = [did('commented', 1), did('commented', 2)];
    expect(fold([second, first, second]).comments.map(({ why }) => why)).toEqual([
      'commented at 1',
      'commented at 2',
    ]);
  });
});
