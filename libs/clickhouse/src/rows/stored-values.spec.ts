import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  storableInt32,
  storableMs,
  storableUInt32,
  storedJson,
  withoutLoneSurrogates,
} from './stored-values.js';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const withLoneSurrogates = fc
  .array(fc.oneof(anyText, fc.constantFrom('\ud800', '\udfff', '\\', '\\ud800', '"', '😀')))
  .map((parts) => parts.join(''));

describe('withoutLoneSurrogates', () => {
  it('a lone surrogate becomes U+FFFD: functions of the engine would refuse the text', () => {
    expect(withoutLoneSurrogates(JSON.stringify('a\ud800b\udc00'))).toBe('"a\ufffdb\ufffd"');
  });

  it('any text keeps its meaning but for lone surrogates', () => {
    fc.assert(
      fc.property(withLoneSurrogates, (text) => {
        expect(JSON.parse(withoutLoneSurrogates(JSON.stringify(text)))).toBe(text.toWellFormed());
      }),
    );
  });

  it('text that only looks like an escape is left alone', () => {
    const text = 'C:\\udd00\\ud800';
    expect(JSON.parse(withoutLoneSurrogates(JSON.stringify(text)))).toBe(text);
  });
});

describe('storedJson', () => {
  it('holds the value, surrogates mended', () => {
    fc.assert(
      fc.property(withLoneSurrogates, (text) => {
        expect(JSON.parse(storedJson({ a: [text] }))).toEqual({ a: [text.toWellFormed()] });
      }),
    );
  });
});

describe('what columns can hold', () => {
  it('times stay within DateTime64', () => {
    expect([-5, Number.NaN, 1.5, 9e15].map(storableMs)).toEqual([0, 0, 1, 10_413_791_999_999]);
  });

  it('numbers stay within 32 bits', () => {
    expect([-1, 7, 2 ** 40].map(storableUInt32)).toEqual([0, 7, 4_294_967_295]);
    expect([-(2 ** 40), -7, 2 ** 40].map(storableInt32)).toEqual([-2147483648, -7, 2147483647]);
  });
});
