import { describe, expect, it } from '@jest/globals';
import { fit } from './fit.js';

describe('columns on a terminal', () => {
  it('all stay where there is room', () => {
    expect(fit([10, 20], 30)).toEqual({ columns: [0, 1] });
  });

  it('wrap their longest text first', () => {
    expect(fit([10, 80, 10], 70)).toEqual({
      columns: [0, 1, 2],
      wrapped: { column: 1, width: 50 },
    });
  });

  it('go from the right when the text would become narrower than is read', () => {
    expect(fit([10, 80, 15], 45)).toEqual({ columns: [0, 1], wrapped: { column: 1, width: 35 } });
  });

  it('go from the right where no text is long enough to wrap', () => {
    expect(fit([10, 20, 20, 20], 35)).toEqual({ columns: [0, 1] });
  });
});
