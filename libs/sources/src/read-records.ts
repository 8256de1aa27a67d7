import { notText } from './not-text.js';
import { plainBytes } from './plain-bytes.js';
import { plainText } from './plain-text.js';
import { RecordReader } from './record-reader.js';
import type { ReadOptions, ReadRecord } from './read-record.js';

/**
 * Reads JSON records from the bytes of a file, plain or gzip. Forms: one record a line; a list; an object with a list
 * of them (`{"Records": [...]}`); each on one line or over many, also one behind the other. What can't be read is a
 * value with its line, never an exception, and the records around it are read; errors of the chunks' own source (a
 * disk, a connection) do throw.
 */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<ReadRecord> {
  const reader = new RecordReader(options);
  try {
    for await (const text of plainText(await plainBytes(chunks))) yield* reader.take(text);
    yield* reader.end();
  } catch (error) {
    const why = notText(error);
    if (why === undefined) throw error;
    const { line } = reader;
    // The line under way may hold records that are whole; that it has no end is said once.
    for (const read of reader.end()) if ('record' in read) yield read;
    yield { line, error: why };
  }
}
