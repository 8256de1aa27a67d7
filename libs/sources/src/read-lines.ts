import { linesOf } from './lines.js';
import { notText } from './not-text.js';
import { plainBytes } from './plain-bytes.js';
import type { ReadRecord } from './read-record.js';

/** Characters; servers cut request lines long before (8 KB by default). */
const MAX_LENGTH = 1024 * 1024;

/** The lines of a text file, plain or gzip, without those that are empty. What can't be read is a value. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLength = MAX_LENGTH,
): AsyncGenerator<ReadRecord> {
  const plain = await plainBytes(chunks);
  let last = 0;
  try {
    for await (const { line, text, tooLong } of linesOf(plain, maxLength)) {
      last = line;
      if (tooLong) yield { line, error: `longer than ${maxLength} characters` };
      else if (text.trim() !== '') yield { line, record: text.replace(/\r$/, '') };
    }
  } catch (error) {
    const why = notText(error);
    if (why === undefined) throw error;
    yield { line: last + 1, error: why };
  }
}
