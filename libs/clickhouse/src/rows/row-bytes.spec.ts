import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quote, timeColumn } from './json-text.js';
import { RowBytes } from './row-bytes.js';

/** What is written into bytes that were begun too small, after a row that all but fills them. */
function written(write: (out: RowBytes) => void): string {
  const out = new RowBytes(0);
  const before = 'x'.repeat(1_020);
  out.push(before);
  write(out);
  return out.bytes().toString('utf8').slice(before.length);
}

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

  it('writes any text as it is quoted', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
    fc.assert(
      fc.property(text, (value) => {
        const found = written((out) => {
          out.text(value);
        });
        expect(found).toBe(`\n,${quote(value)}`);
      }),
    );
    for (let code = 0; code < 256; code += 1) {
      const value = `a${String.fromCharCode(code)}`;
      const found = written((out) => {
        out.text(value);
      });
      expect(found).toBe(`\n,${JSON.stringify(value)}`);
    }
  });

  it('writes any number as JavaScript does', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true }),
      fc.maxSafeNat(),
      fc.nat(2_000),
      fc.constantFrom(-0, 9, 10, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, 1e21),
    );
    fc.assert(
      fc.property(number, (value) => {
        const found = written((out) => {
          out.number(value);
        });
        expect(found).toBe(`\n,${value}`);
      }),
    );
  });

  it('writes any time as the columns of other rows have it', () => {
    const time = fc.oneof(
      fc.integer({ min: -1e13, max: 2e13 }),
      fc.double({ min: -1e3, max: 2e12, noNaN: true }),
      fc.constantFrom(0, 999, 1_000_000_000_000 - 1, 1e13, Date.UTC(2300, 0, 1)),
    );
    fc.assert(
      fc.property(time, (ms) => {
        const found = written((out) => {
          out.time(ms);
        });
        expect(found).toBe(`\n,${timeColumn(ms)}`);
      }),
    );
  });
});
