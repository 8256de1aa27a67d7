import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RowBytes, rowOf } from './row-bytes.js';
import { storableMs } from './stored-values.js';

/** What is written into bytes that were begun too small, after something that all but fills them. */
function written(write: (out: RowBytes) => void): Buffer {
  const out = new RowBytes(0);
  const before = Buffer.alloc(255, 'x');
  out.push(before);
  write(out);
  return out.bytes().subarray(before.length);
}

/** By the library's own methods. */
function plain(size: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
}

/** Length and bytes of a String. */
function textOf(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const length: number[] = [];
  let left = bytes.length;
  for (; left > 127; left = Math.floor(left / 128)) length.push((left % 128) + 128);
  return Buffer.concat([Buffer.from([...length, left]), bytes]);
}

describe('RowBytes', () => {
  it('gives all rows one after the other, however small it was begun', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 100 }),
        fc.nat(5_000),
        (rows, expected) => {
          const out = new RowBytes(expected);
          for (const row of rows) out.push(Buffer.from(row));
          expect(out.bytes()).toEqual(Buffer.concat(rows));
        },
      ),
    );
  });

  it('writes any text in UTF-8 behind its length in bytes', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ maxLength: 300, size: 'max' }),
      fc.constantFrom('', 'a'.repeat(127), 'a'.repeat(128), 'é'.repeat(64), 'é'.repeat(8_192)),
      fc.constantFrom('lone \ud800', '\udfff', 'a\u0000"\\\n', '\u007f\u0080'),
    );
    fc.assert(
      fc.property(text, (value) => {
        const found = written((out) => {
          out.text(value);
        });
        expect(found).toEqual(textOf(value));
        if (!value.isWellFormed()) expect(found.includes('\ufffd')).toBe(true);
      }),
    );
    expect(
      rowOf((out) => {
        out.text();
      }),
    ).toEqual(Buffer.from([0]));
  });

  it('writes whole numbers in the size of their type, and none that does not fit', () => {
    const sizes = [
      ['uint8', 0, 2 ** 8 - 1, (bytes: Buffer, n: number) => bytes.writeUInt8(n), 1],
      ['uint16', 0, 2 ** 16 - 1, (bytes: Buffer, n: number) => bytes.writeUInt16LE(n), 2],
      ['uint32', 0, 2 ** 32 - 1, (bytes: Buffer, n: number) => bytes.writeUInt32LE(n), 4],
      ['int32', -(2 ** 31), 2 ** 31 - 1, (bytes: Buffer, n: number) => bytes.writeInt32LE(n), 4],
      [
        'uint64',
        0,
        Number.MAX_SAFE_INTEGER,
        (bytes: Buffer, n: number) => bytes.writeBigUInt64LE(BigInt(n)),
        8,
      ],
    ] as const;
    for (const [type, min, max, by, size] of sizes) {
      const put = (value: number): Buffer =>
        written((out) => {
          out[type](value);
        });
      const number = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
      fc.assert(
        fc.property(number, (value) => {
          expect(put(value)).toEqual(plain(size, (bytes) => by(bytes, value)));
        }),
      );
      for (const bad of [min - 1, max + 1, 0.5, Number.NaN, Infinity]) {
        expect(() => put(bad)).toThrow(RangeError);
      }
    }
  });

  it('writes offsets of 64 bits digit by digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const expected = plain(8, (bytes) => bytes.writeBigUInt64LE(value));
        for (const given of [value, String(value)]) {
          expect(
            written((out) => {
              out.uint64(given);
            }),
          ).toEqual(expected);
        }
      }),
    );
  });

  it('writes floats as the nearest of 32 bits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        const expected = plain(4, (bytes) => bytes.writeFloatLE(value));
        expect(
          written((out) => {
            out.float32(value);
          }),
        ).toEqual(expected);
      }),
    );
  });

  it('writes times in ms, moved to what the column can hold', () => {
    const time = fc.oneof(
      fc.integer({ min: -1e13, max: 2e13 }),
      fc.double({ min: -1e3, max: 2e12, noNaN: true }),
      fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, Number.NaN, Date.UTC(2300, 0, 1)),
    );
    fc.assert(
      fc.property(time, (ms) => {
        const expected = plain(8, (bytes) => bytes.writeBigInt64LE(BigInt(storableMs(ms))));
        expect(
          written((out) => {
            out.time(ms);
          }),
        ).toEqual(expected);
      }),
    );
  });

  it('writes identities as a UUID: both halves little-endian', () => {
    const found = written((out) => {
      out.uuid('00112233445566778899aabbccddeeff');
    });
    expect(found.toString('hex')).toBe('7766554433221100ffeeddccbbaa9988');
  });
});
