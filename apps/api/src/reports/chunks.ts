const CHUNK_CHARACTERS = 16_384;

/** Joins small pieces: one write to the socket for each row would cost more than the row. */
export async function* inChunks(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

/**
 * Waits for the first item, so that what can't begin fails before any of the answer is out: a status can't be taken
 * back. The rest comes as it is asked for; ending early ends the source.
 */
export async function begun<T>(items: AsyncIterable<T>): Promise<AsyncGenerator<T>> {
  const iterator = items[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
}

/** Each item changed. */
export async function* mapped<A, B>(
  items: AsyncIterable<A>,
  change: (item: A) => B,
): AsyncGenerator<B> {
  for await (const item of items) yield change(item);
}

/** The items; what their source throws, at the beginning or amid them, is told in other words. */
export async function* toldAs<T>(
  words: (error: unknown) => Error,
  source: () => AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    yield* source();
  } catch (error) {
    throw words(error);
  }
}
