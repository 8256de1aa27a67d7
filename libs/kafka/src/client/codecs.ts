import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as snappyCompress, uncompress as snappyUncompress } from 'snappy';

/** A codec as kafkajs takes it; the encoder is its buffer of records. */
export interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/**
 * Bytes that one batch may have when it is unpacked. Brokers bound the packed size only (1 MB unless set otherwise), and
 * a few packed kilobytes of zeros would take all memory.
 */
export const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;

const zipped = promisify(gzip);
const unzipped = promisify(gunzip);
const zstd = promisify(zstdCompress);
const unzstd = promisify(zstdDecompress);

/**
 * By the id in a batch's attributes.
 * @param maxUnpackedBytes a larger batch is refused (gzip and zstd; the other two can't shrink a batch that far)
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function codecs(maxUnpackedBytes = MAX_UNPACKED_BYTES): Readonly<Record<number, Codec>> {
  const limit = { maxOutputLength: maxUnpackedBytes };
  return {
    1: {
      compress: ({ buffer }) => zipped(buffer),
      decompress: (buffer) => unzipped(buffer, limit),
    },
    2: { compress: ({ buffer }) => snappyCompress(buffer), decompress: unsnappy },
    3: { compress: ({ buffer }) => compressFrame(buffer), decompress: (b) => decompressFrame(b) },
    4: { compress: ({ buffer }) => zstd(buffer), decompress: (buffer) => unzstd(buffer, limit) },
  };
}

/** Java producers frame snappy in blocks: this magic, two versions, then blocks, each behind its size (snappy-java). */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

async function unsnappy(buffer: Buffer): Promise<Buffer> {
  if (!buffer.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return unpackBlock(buffer);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < buffer.length;) {
    const size = buffer.readUInt32BE(at);
    at += 4;
    if (at + size > buffer.length) throw new RangeError('A block of a snappy batch is cut off');
    blocks.push(await unpackBlock(buffer.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat(blocks);
}

async function unpackBlock(block: Buffer): Promise<Buffer> {
  return (await snappyUncompress(block, { asBuffer: true })) as Buffer;
}
