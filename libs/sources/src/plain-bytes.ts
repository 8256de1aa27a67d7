import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** The bytes, unpacked where they begin as gzip does (RFC 1952: 1f 8b). */
export async function plainBytes(
  chunks: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const iterator = chunks[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let size = 0;
  while (size < 2) {
    const next = await iterator.next();
    if (next.done === true) break;
    head.push(next.value);
    size += next.value.length;
  }
  const start = Buffer.concat(head);
  const whole = withHead(start, iterator);
  if (start[0] !== 0x1f || start[1] !== 0x8b) return whole;
  // The errors reach the reader through the iteration of the last stream.
  return pipeline(Readable.from(whole), createGunzip(), () => undefined);
}

async function* withHead(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

/** Whether unpacking failed, not reading. */
export function isGzipError(error: unknown): error is Error & { code: string } {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^Z_[A-Z]+_?ERROR$/.test(code);
}
