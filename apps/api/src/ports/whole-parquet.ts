const MAGIC = 'PAR1';

/**
 * The pieces of a Parquet file as they come. Where the server fails amid them, its words may stand at the end of the
 * bytes: a file that doesn't end as one is an error, so that it never looks whole.
 */
export async function* wholeParquet(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let end = Buffer.alloc(0);
  for await (const piece of pieces) {
    yield piece;
    const last = Buffer.from(piece.subarray(Math.max(0, piece.length - MAGIC.length)));
    end = Buffer.concat([end, last]).subarray(-MAGIC.length);
  }
  if (end.toString('latin1') !== MAGIC) {
    throw new Error('the database broke the Parquet file off');
  }
}
