import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import {
  isRejected,
  readEvents,
  SOURCES,
  sourceNamed,
  type ReadOutcome,
  type Source,
} from '@keywatch/sources';
import type { ApiClient } from '../api/api-client.js';
import { apiOf } from '../api/find-api.js';
import { CommandError } from '../command-error.js';
import { untilInterrupted } from '../interrupt.js';
import { EventPublisher } from '../import/event-publisher.js';
import { ImportCount, type Place } from '../import/import-count.js';
import { laneName } from '../import/lane-name.js';
import { untilIn } from '../import/until-in.js';
import { count } from '../output/completeness.js';
import { say, tell } from '../output/say.js';
import { printable } from '../output/table.js';
import { cliSettings } from '../settings.js';

interface ImportOptions {
  readonly data?: string;
  readonly lane?: string;
  readonly tenant?: string;
  readonly wait?: true;
  readonly json?: true;
}

const NAMES = SOURCES.map(({ name }) => name);

function source(text: string): Source {
  const found = sourceNamed(text);
  if (found === undefined) throw new InvalidArgumentError(`There are ${NAMES.join(', ')}.`);
  return found;
}

/** `keywatch import cloudtrail|cloudevents FILE...` */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description(`import old logs (${NAMES.join(', ')}) as a lane of their own, which pages nobody`)
    .argument('<source>', `kind of log: ${NAMES.join(', ')}`, source)
    .argument('<file...>', 'files, plain or gzip')
    .option('--lane <name>', 'name of the import (default: source and name of the first file)')
    .option('--tenant <id>', 'tenant of events that name none')
    .option('--wait', 'return when all is in and detected')
    .option('--json', 'print one JSON document')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (from: Source, files: string[], options: ImportOptions) => {
      await mustBeFiles(files);
      const api = await apiOf(cliSettings(), options.data);
      const { signal } = untilInterrupted();
      const lane = options.lane ?? laneName(from.name, files[0] ?? '');
      const counted = await importFiles(
        api,
        from,
        files,
        { lane, ...(options.tenant === undefined ? {} : { tenantId: options.tenant }) },
        signal,
      );
      if (options.wait === true)
        await untilIn(api, signal, (waiting) => {
          tell(waiting);
        });
      if (options.json === true)
        say(
          JSON.stringify({
            source: from.name,
            lane,
            waited: options.wait === true,
            ...counted.summary(),
          }),
        );
      else print(counted, lane, options.wait === true);
      // Records that can't be read are reported, not hidden behind a zero.
      if (counted.rejected > 0) process.exitCode = 1;
    });
}

async function mustBeFiles(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const found = await stat(file).catch((error: unknown) => {
      throw new CommandError(`${file} can't be read: ${(error as Error).message}`);
    });
    if (!found.isFile()) throw new CommandError(`${file} is not a file.`);
  }
}

/** Reads files and publishes their events through the API. */
export async function importFiles(
  api: Pick<ApiClient, 'postEvents'>,
  from: Source,
  files: readonly string[],
  lane: { readonly lane: string; readonly tenantId?: string },
  signal: AbortSignal,
): Promise<ImportCount> {
  const counted = new ImportCount();
  const publisher = new EventPublisher(api, counted, signal);
  for (const file of files) {
    for await (const outcome of readEvents(from, createReadStream(file), lane)) {
      signal.throwIfAborted();
      counted.read += 1;
      const place = placeOf(file, outcome);
      if (isRejected(outcome)) counted.reject(place, outcome.rejected, outcome.error);
      else if (outcome.events.length === 0) counted.skip(outcome.skipped ?? 'no key event');
      else for (const event of outcome.events) await publisher.add(event, place);
    }
  }
  await publisher.flush();
  return counted;
}

function placeOf(file: string, { line, item }: ReadOutcome): Place {
  return { file, line, ...(item === undefined ? {} : { item }) };
}

function print(counted: ImportCount, lane: string, waited: boolean): void {
  const { read, published, rejected, skipped } = counted;
  say(
    `${count(read, 'record')} read, ${count(published, 'event')} published in lane ${lane}, ${count(rejected, 'record')} rejected.`,
  );
  for (const [reason, n] of skipped)
    say(`  ${n.toLocaleString('en-US')} without an event: ${reason}`);
  for (const [reason, n] of counted.reasons)
    say(`  ${n.toLocaleString('en-US')} rejected: ${reason}`);
  for (const { file, line, item, error } of counted.examples)
    say(`    ${file}:${line}${item === undefined ? '' : ` (item ${item})`}: ${printable(error)}`);
  say(
    waited
      ? 'All of it is in and detected.'
      : 'It is on its way in; --wait would have waited for it.',
  );
}
