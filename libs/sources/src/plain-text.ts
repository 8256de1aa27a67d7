import { TextDecoder } from 'node:util';
import { UnpackError } from './unpack-error.js';

/** Bytes that tell what a file is; a tape archive says so at byte 257. */
const HEAD = 512;

/** What a file may be that looks like a log from its name alone, by its first bytes. */
const PACKED: readonly (readonly [what: string, at: number, bytes: readonly number[]])[] = [
  ['a zip archive', 0, [0x50, 0x4b, 0x03, 0x04]],
  ['a tar archive', 257, [0x75, 0x73, 0x74, 0x61, 0x72]],
  ['packed with zstd', 0, [0x28, 0xb5, 0x2f, 0xfd]],
  ['packed with xz', 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['packed with bzip2', 0, [0x42, 0x5a, 0x68]],
  ['a Parquet file', 0, [0x50, 0x41, 0x52, 0x31]],
];

/**
 * The text of plain bytes, in pieces, without its byte order mark: UTF-8, or UTF-16 where the mark says so (PowerShell
 * writes that into files). Bytes that are no UTF-8 become U+FFFD.
 * @throws UnpackError where the bytes are an archive: its lines would be thousands of unreadable records
 */
export async function* plainText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let decoder = new TextDecoder('utf-8');
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD) continue;
    decoder = decoderOf(head);
    yield decoder.decode(head, { stream: true });
    head = undefined;
  }
  if (head !== undefined) {
    decoder = decoderOf(head);
    yield decoder.decode(head, { stream: true });
  }
  yield decoder.decode();
}

function decoderOf(head: Buffer): TextDecoder {
  for (const [what, at, bytes] of PACKED) {
    if (bytes.every((byte, index) => head[at + index] === byte)) throw new UnpackError(what);
  }
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le');
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be');
  return new TextDecoder('utf-8');
}
