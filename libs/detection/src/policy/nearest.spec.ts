import { describe, expect, it } from '@jest/globals';
import { nearest } from './nearest.js';

describe('a name that there is not', () => {
  const names = ['limitDays', 'limitDaysByPlan', 'noticeDaysBefore'];
  it('is told the nearest one', () => {
    expect(nearest('limitDay', names)).toBe('; did you mean "limitDays"?');
    expect(nearest('LIMITDAYS', names)).toBe('; did you mean "limitDays"?');
  });
  it('is told nothing where none is near', () => {
    expect(nearest('colour', names)).toBe('');
    expect(nearest('x', [])).toBe('');
  });
});
