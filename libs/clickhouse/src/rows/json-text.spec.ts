import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonColumn, quote, timeColumn, withoutLoneSurrogates } from './json-text.js';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const withLoneSurrogates = fc
  .array(fc.oneof(anyText, fc.constantFrom('\ud800', '\udfff', '\\', '\\ud800', '"', '😀')))
  .map((parts) => parts.join(''));

describe('withoutLoneSurrogates', () => {
  it('a lone surrogate becomes U+FFFD: the engine would refuse the whole insert', () => {
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

describe('jsonColumn', () => {
  it('holds the value as JSON, surrogates mended in the inner text too', () => {
    fc.assert(
      fc.property(withLoneSurrogates, (text) => {
        const inner = JSON.parse(jsonColumn({ a: [text] })) as string;
        expect(JSON.parse(inner)).toEqual({ a: [text.toWellFormed()] });
      }),
    );
  });
});

describe('quote', () => {
  it('missing and empty are the same', () => {
    expect([quote(undefined), quote('')]).toEqual(['""', '""']);
  });

  it('says what JSON.stringify says of any text, once it is well-formed', () => {
    fc.assert(
      fc.property(fc.oneof(withLoneSurrogates, fc.string()), (text) => {
        expect(quote(text)).toBe(JSON.stringify(text.toWellFormed()));
      }),
    );
    for (let code = 0; code < 256; code += 1) {
      const text = String.fromCharCode(code);
      expect(quote(text)).toBe(JSON.stringify(text));
    }
  });
});

describe('timeColumn', () => {
  it('seconds and exactly three digits', () => {
    expect([1_795_000_000_123, 1_795_000_000_004, 1_795_000_000_000].map(timeColumn)).toEqual([
      '"1795000000.123"',
      '"1795000000.004"',
      '"1795000000.000"',
    ]);
  });

  it('has ten digits at least: fewer are read as a date', () => {
    expect(timeColumn(1_000_250)).toBe('"0000001000.250"');
  });

  it('stays within what DateTime64 can hold', () => {
    expect([-5, Number.NaN, 9e15].map(timeColumn)).toEqual([
      '"0000000000.000"',
      '"0000000000.000"',
      '"10413791999.999"',
    ]);
  });
});
