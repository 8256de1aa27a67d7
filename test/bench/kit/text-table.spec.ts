import { describe, expect, it } from '@jest/globals';
import { grouped, textTable } from './text-table.js';

describe('textTable', () => {
  it('lines words up at the left and figures at the right', () => {
    expect(
      textTable(
        ['', 'events/s'],
        [
          ['a', grouped(1234.6)],
          ['bare', '7'],
        ],
      ),
    ).toBe(['      events/s', '----  --------', 'a        1,235', 'bare         7'].join('\n'));
  });
});
