import { createRequire } from 'node:module';

/** The cursor of kafkajs over the bytes of one record. */
export interface RecordCursor {
  readonly buffer: Buffer;
  offset: number;
  readVarInt(): number;
  readVarIntBytes(): Buffer | null;
  readVarIntString(): string | null;
}

/** What kafkajs hands to the decoder of a record about the batch it is in. */
export interface RecordBatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly magicByte: number;
  readonly isControlBatch?: boolean;
  readonly timestampType: number;
}

type RecordDecoder = (cursor: RecordCursor, batch: RecordBatchContext) => unknown;
type HeaderValue = Buffer | null;
type Headers = Record<string, HeaderValue | HeaderValue[]>;

const PATCHED = Symbol.for('keywatch.kafkajs.record-patch');
const LOG_APPEND_TIME = 1;

/**
 * kafkajs 2.2.4 decodes the offset and the time of each record through 64-bit objects, and copies its headers once per
 * header: more than half of what decoding a record costs. Here they are numbers (offsets and milliseconds stay far
 * below 2^53) and the result is the same. Must run before kafkajs loads the decoder's users.
 */
export function applyRecordPatch(): void {
  const require = createRequire(import.meta.url);
  const path = require.resolve('kafkajs/src/protocol/recordBatch/record/v0/decoder');
  if ((require(path) as RecordDecoder & { [PATCHED]?: true })[PATCHED] === true) return;
  const cached = require.cache[path];
  if (cached === undefined) throw new Error('kafkajs decoder is not in the module cache');
  cached.exports = Object.assign(
    (cursor: RecordCursor, batch: RecordBatchContext) => decodeRecord(cursor, batch),
    { [PATCHED]: true },
  );
}

/** @see https://kafka.apache.org/documentation/#record */
export function decodeRecord(cursor: RecordCursor, batch: RecordBatchContext): unknown {
  const attributes = cursor.buffer.readInt8(cursor.offset);
  cursor.offset += 1;
  const timestampDelta = readVarLong(cursor);
  const offsetDelta = cursor.readVarInt();
  const key = cursor.readVarIntBytes();
  const value = cursor.readVarIntBytes();
  const arrival = batch.timestampType === LOG_APPEND_TIME && batch.maxTimestamp !== '';
  return {
    magicByte: batch.magicByte,
    attributes,
    timestamp: arrival ? batch.maxTimestamp : String(Number(batch.firstTimestamp) + timestampDelta),
    offset: String(Number(batch.firstOffset) + offsetDelta),
    key,
    value,
    headers: sameHeaders(cursor) ?? readHeaders(cursor),
    isControlRecord: batch.isControlBatch ?? false,
    batchContext: batch,
  };
}

/** A zigzag varint of up to 64 bits; exact below 2^53. */
function readVarLong(cursor: RecordCursor): number {
  const { buffer } = cursor;
  let at = cursor.offset;
  let scale = 1;
  let zigzag = 0;
  for (;;) {
    const byte = buffer.readUInt8(at);
    at += 1;
    zigzag += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 128;
  }
  cursor.offset = at;
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
}

/** In a record the number of headers is a zigzag varint. */
const ONE = 2;
const MOST_REMEMBERED = 256;
let lastBytes: Buffer = Buffer.alloc(0);
let lastHeaders: Headers = {};

/**
 * Most records of a topic carry the same single header: they share one object, frozen. A record then takes 336 bytes
 * in place of 496, which the garbage collector moves while a fetch of some 60,000 is being handled.
 * @returns undefined where there is not exactly one header, or a long one
 */
function sameHeaders(cursor: RecordCursor): Headers | undefined {
  const { buffer, offset } = cursor;
  const length = buffer.length - offset;
  if (buffer[offset] !== ONE || length > MOST_REMEMBERED) return undefined;
  if (!isSame(buffer, offset, lastBytes)) {
    const headers = readHeaders(cursor);
    for (const name of Object.keys(headers)) {
      // A copy: the record's own bytes are a slice of a whole fetch and would keep it in memory.
      const value = headers[name] as HeaderValue;
      if (value !== null) setOwn(headers, name, Buffer.from(value));
    }
    lastBytes = Buffer.from(buffer.subarray(offset));
    lastHeaders = Object.freeze(headers);
  }
  cursor.offset = buffer.length;
  return lastHeaders;
}

function isSame(buffer: Buffer, offset: number, bytes: Buffer): boolean {
  if (buffer.length - offset !== bytes.length) return false;
  for (let i = 0; i < bytes.length; i += 1) if (buffer[offset + i] !== bytes[i]) return false;
  return true;
}

/**
 * Of a name that comes more than once, all values in order. Only what the record itself holds counts: kafkajs finds
 * `toString` on every object and hands out that function as a value, which ended the reader.
 */
function readHeaders(cursor: RecordCursor): Headers {
  const headers: Headers = {};
  for (let left = cursor.readVarInt(); left > 0; left -= 1) {
    const name = String(cursor.readVarIntString());
    const value = cursor.readVarIntBytes();
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (Array.isArray(before)) before.push(value);
    else if (before !== undefined) setOwn(headers, name, [before, value]);
    else setOwn(headers, name, value);
  }
  return headers;
}

/** Assigning `__proto__` would change the object's prototype and lose the header. */
function setOwn(headers: Headers, name: string, value: HeaderValue | HeaderValue[]): void {
  if (name !== '__proto__') headers[name] = value;
  else {
    Object.defineProperty(headers, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}
