import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pointer, stepsOf, valueAt } from './json-pointer.js';
import { hashName, keyName } from './key-name.js';
import { logTime, TIME_FORMATS } from './log-time.js';
import { Repeats } from './repeats.js';

describe('JSON pointers', () => {
  // The examples of RFC 6901, section 5.
  const document = {
    foo: ['bar', 'baz'],
    '': 0,
    'a/b': 1,
    'c%d': 2,
    'e^f': 3,
    'g|h': 4,
    'i\\j': 5,
    'k"l': 6,
    ' ': 7,
    'm~n': 8,
  };
  it.each([
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
    ['/foo/00', undefined],
    ['/foo/length', undefined],
    ['/toString', undefined],
    ['/foo/0/x', undefined],
  ])('%s', (text, value) => {
    expect(valueAt(document, pointer.parse(text))).toEqual(value);
  });

  it('point at whatever member there is, however it is named', () => {
    const names = fc.array(fc.string(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(names, fc.integer(), (path, value) => {
        const text = path
          .map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
          .join('');
        expect(stepsOf(text)).toEqual(path);
        const root = path.reduceRight<unknown>(
          (inner, name) => Object.fromEntries([[name, inner]]),
          value,
        );
        expect(valueAt(root, stepsOf(text))).toBe(value);
      }),
    );
  });

  it.each(['foo', '', '/a~2', '/a~'])('%j is none', (text) => {
    expect(pointer.safeParse(text).success).toBe(false);
  });
});

describe('logTime', () => {
  it.each([
    ['2026-11-24T12:00:00.123Z', 'rfc3339', '2026-11-24T12:00:00.123Z'],
    ['2026-11-24 14:00:00+02:00', 'rfc3339', '2026-11-24T12:00:00.000Z'],
    [1_795_521_600, 'unix', '2026-11-24T12:00:00.000Z'],
    ['1795521600.5', 'unix', '2026-11-24T12:00:00.500Z'],
    [1_795_521_600_001, 'unix-ms', '2026-11-24T12:00:00.001Z'],
    ['1795521600000001', 'unix-us', '2026-11-24T12:00:00.000Z'],
    ['1795521600000000001', 'unix-ns', '2026-11-24T12:00:00.000Z'],
    ['2026-11-24 12:00:00,5', 'sql', '2026-11-24T12:00:00.500Z'],
    ['24/Nov/2026:05:00:00 -0700', 'clf', '2026-11-24T12:00:00.000Z'],
  ] as const)('%s as %s', (value, format, time) => {
    expect(logTime(value, format)).toBe(time);
  });

  it.each([
    ['2026-02-30T12:00:00Z', 'rfc3339'],
    ['2026-11-24T12:00:00', 'rfc3339'],
    ['24/Foo/2026:05:00:00 -0700', 'clf'],
    ['1e999', 'unix'],
    [Number.NaN, 'unix-ms'],
    [1e300, 'unix'],
    [null, 'sql'],
  ] as const)('%s is none as %s', (value, format) => {
    expect(logTime(value, format)).toBeUndefined();
  });

  it('never throws and gives RFC 3339 or nothing', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...TIME_FORMATS), (value, format) => {
        const time = logTime(value, format);
        expect(time ?? '2026-11-24T12:00:00.000Z').toMatch(
          /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
        );
      }),
    );
  });
});

describe('keyName', () => {
  const SECRET = `ghp_${'a'.repeat(36)}`;
  it('is the hash of a secret, the same each time', () => {
    expect(keyName('s3cret', {}, 'hash')).toBe(hashName('s3cret'));
    expect(hashName('s3cret')).toMatch(/^sha256:[0-9a-f]{32}$/);
  });

  it('is the public prefix of a longer one', () => {
    expect(keyName('kw_1234.s3cret', { as: 'prefix', length: 7 }, 'public')).toBe('kw_1234');
    expect(keyName('kw_1234', { as: 'prefix', length: 7 }, 'public')).toBe(hashName('kw_1234'));
  });

  it('is what the first group of a pattern takes', () => {
    expect(keyName('Bearer k1.s', { pattern: /^Bearer (\w+)\./ }, 'public')).toBe('k1');
    expect(keyName('Basic x', { pattern: /^Bearer (\w+)\./ }, 'public')).toBeUndefined();
  });

  it('is never a secret, whatever the mapping calls it', () => {
    expect(keyName(SECRET, { as: 'public' }, 'public')).toMatch(/^unknown:[0-9a-f]{16}$/);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 64 }), (text, length) => {
        expect(keyName(text, { as: 'hash' }, 'public')).toMatch(/^sha256:/);
        const prefix = keyName(text, { as: 'prefix', length }, 'public') ?? '';
        expect(prefix.startsWith('sha256:') || prefix.length < text.length).toBe(true);
      }),
    );
  });
});

describe('Repeats', () => {
  it('gives equal records one id, or each its own', () => {
    const one = new Repeats('one');
    expect(one.idOf('a')).toBe(one.idOf('a'));
    const distinct = new Repeats('distinct');
    const ids = ['a', 'b', 'a', 'a'].map((text) => distinct.idOf(text));
    expect(new Set(ids).size).toBe(4);
  });

  it('gives the same ids to the same records in any order', () => {
    const records = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });
    const idsOf = (texts: readonly string[]): string[] => {
      const repeats = new Repeats('distinct');
      return texts.map((text) => repeats.idOf(text)).sort();
    };
    fc.assert(
      fc.property(
        records.chain((texts) =>
          fc.tuple(fc.constant(texts), fc.shuffledSubarray(texts, { minLength: texts.length })),
        ),
        ([texts, shuffled]) => {
          expect(idsOf(shuffled)).toEqual(idsOf(texts));
          expect(new Set(idsOf(texts)).size).toBe(texts.length);
        },
      ),
    );
  });

  it('forgets the first when it has seen many', () => {
    const repeats = new Repeats('distinct', 2);
    const first = repeats.idOf('a');
    for (const text of ['b', 'c', 'd', 'e']) repeats.idOf(text);
    expect(repeats.idOf('a')).toBe(first);
  });
});
