import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RowBytes } from './row-bytes.js';

describe('RowBytes', () => {
  it('gives all rows in UTF-8, each ended by a line feed, however small it was begun', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 100 }),
        fc.nat(5_000),
        (rows, expected) => {
          const out = new RowBytes(expected);
          for (const row of rows) out.push(row);
          expect(out.bytes().toString('utf8')).toBe(rows.map((row) => `${row}\n`).join(''));
        },
      ),
    );
  });
});
