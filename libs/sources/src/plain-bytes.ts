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
  return unpacked(whole);
}

/**
 * What gzip members joined end to end hold. Everything that can be unpacked comes before the error that ends it: a
 * stream that is read through a pipeline throws away what it holds when it fails.
 */
async function* unpacked(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  let out: Uint8Array[] = [];
  let failure: Error | undefined;
  const over = new Promise<void>((resolve) => {
    gunzip.on('data', (chunk: Uint8Array) => out.push(chunk));
    gunzip.once('end', resolve);
    gunzip.once('error', (error: Error) => {
      failure = error;
      resolve();
    });
  });
  const written = (chunk: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      gunzip.write(chunk, () => {
        resolve();
      });
    });
  const given = (): Uint8Array[] => {
    const chunks = out;
    out = [];
    return chunks;
  };
  try {
    for await (const chunk of packed) {
      await Promise.race([over, written(chunk)]);
      yield* given();
      if (failure !== undefined) break;
    }
    gunzip.end();
    await over;
    yield* given();
  } finally {
    gunzip.destroy();
  }
  if (failure !== undefined) throw failure;
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
