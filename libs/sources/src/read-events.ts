import { readLines } from './read-lines.js';
import { readRecords } from './read-records.js';
import type { Source, SourceOptions, SourceOutcome } from './source.js';

/** What became of one record of a file. */
export type ReadOutcome = SourceOutcome & { readonly line: number; readonly item?: number };

/** A file's bytes as the outcomes of its records, in file order; what is no JSON is rejected as `unreadable`. */
export async function* readEvents(
  source: Source,
  chunks: AsyncIterable<Uint8Array>,
  options: SourceOptions,
): AsyncGenerator<ReadOutcome> {
  const { lists } = source;
  const records =
    source.reads === 'lines'
      ? readLines(chunks)
      : readRecords(chunks, lists === undefined ? {} : { lists });
  for await (const read of records) {
    if ('error' in read) {
      const { error, ...place } = read;
      yield { ...place, rejected: 'unreadable', error };
      continue;
    }
    const { record, ...place } = read;
    yield { ...place, ...source.events(record, options) };
  }
}
