import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import {
  isRejected,
  MappingError,
  readEvents,
  SOURCE_KINDS,
  sourceKindNamed,
  type Source,
  type SourceKind,
} from '@keywatch/sources';
import { LIVE_LANE } from '@keywatch/events';
import type { ApiClient } from '../api/api-client.js';
import { apiOf } from '../api/find-api.js';
import { CommandError } from '../command-error.js';
import { fileError } from '../file-error.js';
import { untilInterrupted } from '../interrupt.js';
import { EventPublisher } from '../import/event-publisher.js';
import { ImportCount } from '../import/import-count.js';
import { laneName } from '../import/lane-name.js';
import { readMapping } from '../import/read-mapping.js';
import { untilIn } from '../import/until-in.js';
import { count } from '../output/completeness.js';
import { say, tell } from '../output/say.js';
import { printable } from '../output/table.js';
import { cliSettings } from '../settings.js';

interface ImportOptions {
  readonly data?: string;
  readonly lane?: string;
  readonly tenant?: string;
  readonly mapping?: string;
  readonly wait?: true;
  readonly json?: true;
}

const NAMES = SOURCE_KINDS.map(({ name }) => name);

function kind(text: string): SourceKind {
  const found = sourceKindNamed(text);
  if (found === undefined) throw new InvalidArgumentError(`There are ${NAMES.join(', ')}.`);
  return found;
}

function laneOfImport(text: string): string {
  if (text !== LIVE_LANE) return text;
  throw new InvalidArgumentError('Old logs fold apart from live traffic: give another name.');
}

/** `keywatch import cloudtrail|cloudevents|github-secret-scanning|jsonl|access-log FILE...` */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description(`import old logs (${NAMES.join(', ')}) as a lane of their own, which pages nobody`)
    .argument('<source>', `kind of log: ${NAMES.join(', ')}`, kind)
    .argument('<file...>', 'files, plain or gzip')
    .option(
      '--lane <name>',
      'name of the import (default: source and name of the first file)',
      laneOfImport,
    )
    .option(
      '--mapping <file>',
      'YAML or JSON that says where things stand in the log (jsonl, access-log) or whose the secrets are (github-secret-scanning)',
    )
    .option('--tenant <id>', 'tenant of events that name none')
    .option('--wait', 'return when all is in and detected')
    .option('--json', 'print one JSON document')
    .option('--data <dir>', 'data folder of the running stack')
    .action((from: SourceKind, files: string[], options: ImportOptions) =>
      importCommand(from, files, options),
    );
}

async function importCommand(
  kindOfLog: SourceKind,
  files: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const from = await opened(kindOfLog, options.mapping);
  await mustBeFiles(files);
  const api = await apiOf(cliSettings(), options.data);
  const { signal } = untilInterrupted();
  const lane = options.lane ?? laneName(from.name, files[0] ?? '');
  const counted = new ImportCount();
  const wait = options.wait === true;
  try {
    const tenant = options.tenant === undefined ? {} : { tenantId: options.tenant };
    await importFiles(api, from, files, { lane, ...tenant }, signal, counted);
    if (wait) await untilIn(api, signal, tell);
  } catch (error) {
    tell(
      `Ended early: ${count(counted.read, 'record')} read, ${count(counted.published, 'event')} published in lane ${lane}. Run it again with the same lane: what is in is recognised.`,
    );
    throw error;
  }
  if (options.json === true)
    say(JSON.stringify({ source: from.name, lane, waited: wait, ...counted.summary() }));
  else print(counted, lane, wait);
  // Records that can't be read are reported, not hidden behind a zero.
  if (counted.rejected > 0) process.exitCode = 1;
}

/** @throws CommandError with every problem of the mapping */
async function opened(kindOfLog: SourceKind, file: string | undefined): Promise<Source> {
  const { name } = kindOfLog;
  if (kindOfLog.mapping === 'needed' && file === undefined) {
    throw new CommandError(
      `${name} needs --mapping FILE: where key, time and the rest stand in the log. docs/sources.md has examples.`,
    );
  }
  const mapping = file === undefined ? undefined : await readMapping(file);
  try {
    return kindOfLog.open(mapping);
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    throw new CommandError(`${file ?? name} can't be used as mapping:\n${error.message}`);
  }
}

async function mustBeFiles(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const found = await stat(file).catch((error: unknown) => {
      throw fileError(file, error);
    });
    if (found.isDirectory()) {
      throw new CommandError(`${file} is a folder; name its files, for example ${file}/*.json.gz`);
    }
  }
}

/**
 * Reads files and publishes their events through the API.
 * @param counted what is done so far stands in it, also when this ends with an error
 * @throws CommandError in words; the signal's reason
 */
export async function importFiles(
  api: Pick<ApiClient, 'postEvents'>,
  from: Source,
  files: readonly string[],
  lane: { readonly lane: string; readonly tenantId?: string },
  signal: AbortSignal,
  counted = new ImportCount(),
): Promise<ImportCount> {
  const publisher = new EventPublisher(api, counted, signal);
  for (const file of files) {
    for await (const outcome of readEvents(from, bytesOf(file), lane)) {
      signal.throwIfAborted();
      counted.read += 1;
      const { line, item } = outcome;
      const place = { file, line, ...(item === undefined ? {} : { item }) };
      if (isRejected(outcome))
        await publisher.reject(place, lane.lane, outcome.rejected, outcome.error);
      else if (outcome.events.length === 0) counted.skip(outcome.skipped ?? 'no key event');
      else
        for (const event of outcome.events) {
          if (event.time === undefined) counted.withoutTime += 1;
          await publisher.add(event, place);
        }
    }
  }
  await publisher.flush();
  counted.unmatched = from.unmatched?.() ?? [];
  return counted;
}

/** @throws CommandError where the disk or the permissions don't let it be read */
async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw fileError(file, error);
  }
}

function print(counted: ImportCount, lane: string, waited: boolean): void {
  const { read, published, rejected, deadLetters, withoutTime, skipped } = counted;
  say(
    `${count(read, 'record')} read, ${count(published, 'event')} published in lane ${lane}, ${count(rejected, 'record')} rejected.`,
  );
  for (const [reason, n] of skipped)
    say(`  ${n.toLocaleString('en-US')} without an event: ${reason}`);
  if (withoutTime > 0)
    say(
      `  ${count(withoutTime, 'event')} without a time: they stand at the time of this import, and no rule looks at them. Is the time where the source or the mapping looks for it?`,
    );
  for (const { member, pointer, records } of counted.unmatched)
    say(
      `  ${printable(pointer)} (${member}) is in none of ${count(records, 'record')}. Is it written as in the log?`,
    );
  if (rejected > 0)
    say(
      `  ${count(deadLetters, 'of them is a dead letter', 'of them are dead letters')}, with file and line.`,
    );
  for (const [reason, n] of counted.reasons)
    say(`  ${n.toLocaleString('en-US')} rejected: ${reason}`);
  for (const { file, line, item, error } of counted.examples)
    say(`    ${file}:${line}${item === undefined ? '' : ` (record ${item})`}: ${printable(error)}`);
  if (published === 0) return;
  say(
    waited
      ? 'All of it is in and detected.'
      : 'It is on its way in; --wait would have waited for it.',
  );
}
