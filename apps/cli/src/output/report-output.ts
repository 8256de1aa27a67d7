import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ApiClient, Query } from '../api/api-client.js';
import { CommandError } from '../command-error.js';
import { fileError } from '../file-error.js';
import { isClosedOutput } from './closed-output.js';
import { count } from './completeness.js';
import { TABLE_ROWS, tableText, type ReportFormat, type Shown } from './formats.js';
import { pour, say, tell } from './say.js';
import { printable } from './table.js';

interface Output {
  readonly format: ReportFormat;
  /** A file; undefined: standard output. */
  readonly out: string | undefined;
}

/** Of a table in a file, where no terminal gives the width. */
const FILE_WIDTH = 120;

/**
 * Prints an answer of the API, or writes it to a file. All but a table goes out as the server writes it, piece by piece,
 * with a line about its completeness on standard error; a table has that underneath.
 */
export async function printReport(
  api: ApiClient,
  path: string,
  query: Query,
  { format, out }: Output,
  shown?: readonly Shown[],
): Promise<void> {
  if (format === 'table') {
    const answer = await api.rows(path, { limit: String(TABLE_ROWS), ...query });
    if (out === undefined) say(tableText(answer, shown));
    else await saved(out, [`${tableText(answer, shown, FILE_WIDTH)}\n`]);
    return;
  }
  if (format === 'parquet' && out === undefined && process.stdout.isTTY) {
    throw new CommandError('A Parquet file is nothing for a terminal: give --out FILE.');
  }
  const response = await api.get(path, { ...query, format });
  const body = (response.body ?? []) as AsyncIterable<Uint8Array>;
  const written = out === undefined ? pour(body) : saved(out, body);
  await written.catch((error: unknown) => {
    if (isClosedOutput(error) || error instanceof CommandError) throw error;
    const { cause } = error as { cause?: Error };
    const left = out === undefined ? 'what was printed is not all' : `${out} was not written`;
    throw new CommandError(
      `The answer broke off, ${left}: ${cause?.message ?? (error as Error).message}`,
    );
  });
  const { headers } = response;
  const state = headers.get('x-keywatch-completeness') ?? 'unknown';
  if (state !== 'complete') {
    const reason = headers.get('x-keywatch-reason');
    tell(`Completeness: ${state}${reason === null ? '' : ` (${printable(reason)})`}`);
  }
}

/** Half a file never stands under its name. */
async function saved(
  file: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<string>,
): Promise<void> {
  const part = `${file}.part`;
  let bytes = 0;
  async function* counting(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      const buffer = Buffer.from(piece as Uint8Array);
      bytes += buffer.length;
      yield buffer;
    }
  }
  const stream = createWriteStream(part);
  try {
    await pipeline(counting, stream);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    if ((error as NodeJS.ErrnoException).path === undefined) throw error;
    throw fileError(file, error, 'written');
  }
  tell(`Wrote ${file}, ${count(bytes, 'byte')}.`);
}
