import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeRecord, type RecordBatchContext, type RecordCursor } from './record-patch.js';

const require = createRequire(import.meta.url);
// Before the patch is applied, which importing Kafka would do.
const original = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  cursor: RecordCursor,
  batch: RecordBatchContext,
) => unknown;
const Cursor = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => RecordCursor;
const Bytes = require('kafkajs/src/protocol/encoder') as new () => Encoder;

interface Encoder {
  readonly buffer: Buffer;
  writeInt8(value: number): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarLong(value: number): Encoder;
  writeVarIntBytes(value: Buffer | null): Encoder;
  writeVarIntString(value: string): Encoder;
}
interface Parts {
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, Buffer])[];
}

function encoded({ timestampDelta, offsetDelta, key, value, headers }: Parts): Buffer {
  const bytes = new Bytes().writeInt8(0).writeVarLong(timestampDelta).writeVarInt(offsetDelta);
  bytes.writeVarIntBytes(key).writeVarIntBytes(value).writeVarInt(headers.length);
  for (const [name, content] of headers) bytes.writeVarIntString(name).writeVarIntBytes(content);
  return bytes.buffer;
}

function bothWays(parts: Parts, batch: RecordBatchContext): void {
  const bytes = encoded(parts);
  expect(decodeRecord(new Cursor(bytes), batch)).toEqual(original(new Cursor(bytes), batch));
}

const batch = {
  firstOffset: '5000000',
  firstTimestamp: '1790000000000',
  maxTimestamp: '1790000000999',
  magicByte: 2,
  isControlBatch: false,
  timestampType: 1,
};
const plain: Parts = { timestampDelta: 0, offsetDelta: 0, key: null, value: null, headers: [] };

describe('decodeRecord', () => {
  it('gives what kafkajs gives, for any record', () => {
    const content = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    // Names that every object has are told apart below.
    const any = fc.string().filter((text) => !(text in {}));
    const name = fc.oneof(fc.constantFrom('a', 'b'), any);
    const record = fc.record({
      timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      offsetDelta: fc.nat(),
      key: fc.option(content),
      value: fc.option(content),
      headers: fc.array(fc.tuple(name, content), { maxLength: 6 }),
    });
    const around = fc.record({
      firstOffset: fc.nat({ max: 2 ** 50 }).map(String),
      firstTimestamp: fc.nat({ max: 2 ** 45 }).map(String),
      maxTimestamp: fc.nat({ max: 2 ** 45 }).map(String),
      magicByte: fc.constant(2),
      isControlBatch: fc.boolean(),
      timestampType: fc.constantFrom(0, 1),
    });
    fc.assert(fc.property(record, around, bothWays));
  });

  it('takes the arrival time of the batch where the topic stamps it, else that of the record', () => {
    const bytes = encoded({ ...plain, timestampDelta: -5 });
    expect(decodeRecord(new Cursor(bytes), batch)).toMatchObject({ timestamp: '1790000000999' });
    expect(decodeRecord(new Cursor(bytes), { ...batch, timestampType: 0 })).toMatchObject({
      timestamp: '1789999999995',
    });
  });

  it.each(['toString', '__proto__', 'constructor'])(
    'a header named %s, which ended the reader, is a header like any other',
    (name) => {
      const [x, y] = [Buffer.from('x'), Buffer.from('y')];
      const headersOf = (headers: Parts['headers']): [string, unknown][] => {
        const bytes = encoded({ ...plain, headers });
        return Object.entries(
          (decodeRecord(new Cursor(bytes), batch) as { headers: object }).headers,
        );
      };
      expect(headersOf([[name, x]])).toEqual([[name, x]]);
      expect(
        headersOf([
          [name, x],
          [name, y],
        ]),
      ).toEqual([[name, [x, y]]]);
    },
  );

  it('records with the same single header share it, and one with another has its own', () => {
    const headersOf = (text: string, name = 'content-type'): unknown => {
      const bytes = encoded({ ...plain, headers: [[name, Buffer.from(text)]] });
      const record = decodeRecord(new Cursor(bytes), batch) as { headers: unknown };
      // The bytes of a fetch are free to go.
      bytes.fill(0);
      return record.headers;
    };
    const first = headersOf('json');
    expect(headersOf('json')).toBe(first);
    expect(headersOf('text')).toEqual({ 'content-type': Buffer.from('text') });
    expect(headersOf('json', 'content-tipe')).toEqual({ 'content-tipe': Buffer.from('json') });
    expect(first).toEqual({ 'content-type': Buffer.from('json') });
  });

  it('throws on a record that is cut off instead of reading beyond it', () => {
    expect(() => decodeRecord(new Cursor(Buffer.from([0, 0x80])), batch)).toThrow('out of range');
  });
});
