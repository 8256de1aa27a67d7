import { describe, expect, it } from '@jest/globals';
import { backtestText } from './backtest-text.js';
import type { Variant } from './tally.js';

const DEFAULTS = { failures: 20, tools: ['a', 'b'] };

function variant(name: string, alerts: readonly number[], settings: object = DEFAULTS): Variant {
  const total = alerts.reduce((sum, n) => sum + n, 0);
  return {
    name,
    days: alerts.map((n, day) => ({
      day: `2026-03-${String(day + 1).padStart(2, '0')}`,
      alerts: n,
    })),
    alerts: total,
    perWeek: total,
    subjects: total === 0 ? [] : [{ key: 'key-1', tenant: 'acme', alerts: total }],
    settings: { ...settings },
  };
}

describe('a backtest in words', () => {
  it('has a row a day, and one for a longer stretch in which no variant told anything', () => {
    const text = backtestText({
      variants: [
        variant('now', [0, 0, 0, 0, 1, 0, 0, 0, 0]),
        variant('set', [0, 0, 0, 0, 2, 0, 0, 0, 1], { ...DEFAULTS, failures: 10 }),
      ],
      defaults: DEFAULTS,
      notes: ['Keys may be missing.'],
    });
    expect(text.split('\n')).toEqual([
      expect.stringMatching(/^DAY +NOW +SET$/),
      expect.stringMatching(/^2026-03-01 to 2026-03-04 \(4 days\) +0 +0$/),
      expect.stringMatching(/^2026-03-05 +1 +2$/),
      expect.stringMatching(/^2026-03-06 +0 +0$/),
      expect.stringMatching(/^2026-03-07 +0 +0$/),
      expect.stringMatching(/^2026-03-08 +0 +0$/),
      expect.stringMatching(/^2026-03-09 +0 +1$/),
      '',
      'now: 1 alert, 1.0 a week, with the default settings',
      expect.stringMatching(/^NOISIEST KEY +TENANT +ALERTS$/),
      expect.stringMatching(/^key-1 +acme +1$/),
      '',
      'set: 3 alerts, 3.0 a week, with failures: 10',
      expect.stringMatching(/^NOISIEST KEY/),
      expect.stringMatching(/^key-1 +acme +3$/),
      'Note: Keys may be missing.',
    ]);
  });

  it.each([
    [
      { value: 30, perWeek: 0 },
      'For at most 1 alert a week: failures: 30 (0.0 a week, over 1 day)',
    ],
    [undefined, 'No value of failures gives at most 1 alert a week.'],
  ])('names the value for a wanted number, or that there is none: %j', (suggestion, line) => {
    const variants = [variant('now', [0])];
    const asked = { setting: 'failures', wanted: 1, suggestion };
    const text = backtestText({ variants, defaults: DEFAULTS, notes: [], ...asked });
    expect(text.split('\n').at(-1)).toBe(line);
    expect(text).toContain('now: 0 alerts, 0.0 a week');
  });
});
