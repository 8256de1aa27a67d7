import { identityWord } from '@keywatch/events';
import { storableMs } from './stored-values.js';

/** UTF-8 of a UTF-16 string takes at most three bytes a unit. */
const BYTES_PER_UNIT = 3;
/** A length takes one byte below 2^7, and at most five. */
const LENGTH_BYTES = 5;
const LAST_ASCII = 0x7f;
const CONTINUES = 0x80;
const UINT32_BEYOND = 2 ** 32;

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/**
 * Gathers rows in ClickHouse's RowBinary: the columns of a row one after the other, numbers little-endian in the size of
 * their type, a String as its length (LEB128) and its bytes.
 * @see https://clickhouse.com/docs/interfaces/formats/RowBinary
 */
export class RowBytes {
  private buffer: Buffer;
  private end = 0;

  /** @param expected size in bytes; it grows beyond, at the price of a copy */
  constructor(expected: number) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(256, expected));
  }

  /** All rows so far; a view that later rows may overwrite, so take it last. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.end);
  }

  /** Whole rows, as their builders give them. */
  push(rows: Buffer): void {
    this.makeRoom(rows.length);
    this.end += rows.copy(this.buffer, this.end);
  }

  /** UInt8, Enum8 or Bool. @throws RangeError */
  uint8(value: number): void {
    check(value, 0xff);
    this.makeRoom(1);
    this.buffer[this.end] = value;
    this.end += 1;
  }

  /** @throws RangeError */
  uint16(value: number): void {
    check(value, 0xff_ff);
    this.makeRoom(2);
    this.buffer[this.end] = value;
    this.buffer[this.end + 1] = value >>> 8;
    this.end += 2;
  }

  /** @throws RangeError */
  uint32(value: number): void {
    check(value, UINT32_BEYOND - 1);
    this.makeRoom(4);
    this.word(value);
  }

  /** @throws RangeError */
  int32(value: number): void {
    if ((value | 0) !== value) throw outOfRange(value);
    this.makeRoom(4);
    this.word(value);
  }

  /** A number only if it is exact; as text or bigint, every value of 64 bits. @throws RangeError */
  uint64(value: number | bigint | string): void {
    this.makeRoom(8);
    if (typeof value !== 'number') {
      this.end = this.buffer.writeBigUInt64LE(BigInt(value), this.end);
      return;
    }
    check(value, Number.MAX_SAFE_INTEGER);
    this.safe(value);
  }

  /** Rounded to the nearest of 32 bits. */
  float32(value: number): void {
    float[0] = value;
    this.makeRoom(4);
    this.word(floatBits[0] ?? 0);
  }

  /** DateTime64(3), moved to what it can hold. @param ms since 1970 */
  time(ms: number): void {
    this.makeRoom(8);
    this.safe(storableMs(ms));
  }

  /** UUID: two numbers of 64 bits, the front half first. @param digits 32 lower-case hex digits */
  uuid(digits: string): void {
    this.makeRoom(16);
    this.word(identityWord(digits, 8));
    this.word(identityWord(digits, 0));
    this.word(identityWord(digits, 24));
    this.word(identityWord(digits, 16));
  }

  /** String in UTF-8, lone surrogates replaced; missing is empty. */
  text(value = ''): void {
    this.makeRoom(value.length * BYTES_PER_UNIT + LENGTH_BYTES);
    const begin = this.end;
    this.varint(value.length);
    const { buffer } = this;
    let at = this.end;
    for (let i = 0; i < value.length; i += 1) {
      const code = value.charCodeAt(i);
      if (code > LAST_ASCII) {
        // More bytes than units: nothing of it counts yet.
        this.end = begin;
        this.encoded(value);
        return;
      }
      buffer[at] = code;
      at += 1;
    }
    this.end = at;
  }

  /** How many follow (LEB128). */
  count(value: number): void {
    this.makeRoom(LENGTH_BYTES);
    this.varint(value);
  }

  private encoded(value: string): void {
    this.varint(Buffer.byteLength(value, 'utf8'));
    this.end += this.buffer.write(value, this.end, 'utf8');
  }

  /** There must be room. */
  private varint(value: number): void {
    let left = value;
    while (left > LAST_ASCII) {
      this.buffer[this.end] = left | CONTINUES;
      this.end += 1;
      left >>>= 7;
    }
    this.buffer[this.end] = left;
    this.end += 1;
  }

  /** A whole number from 0 on as 64 bits; there must be room. */
  private safe(value: number): void {
    const high = Math.floor(value / UINT32_BEYOND);
    this.word(value - high * UINT32_BEYOND);
    this.word(high);
  }

  /** The lowest 32 bits; there must be room. */
  private word(value: number): void {
    const { buffer, end } = this;
    buffer[end] = value;
    buffer[end + 1] = value >>> 8;
    buffer[end + 2] = value >>> 16;
    buffer[end + 3] = value >>> 24;
    this.end = end + 4;
  }

  private makeRoom(bytes: number): void {
    const needed = this.end + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
  }
}

/** The bytes that a row builder writes. */
export function rowOf(write: (out: RowBytes) => void): Buffer {
  const out = new RowBytes(0);
  write(out);
  return out.bytes();
}

/** Bits that don't fit would be dropped in silence. */
function check(value: number, largest: number): void {
  if (!(value >= 0 && value <= largest && Number.isInteger(value))) throw outOfRange(value);
}

const outOfRange = (value: number): RangeError =>
  new RangeError(`${value} does not fit its column.`);
