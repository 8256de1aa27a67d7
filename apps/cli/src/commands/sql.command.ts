import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError, type Command } from 'commander';
import {
  loadSavedQueries,
  savedParams,
  SavedParamsError,
  type ClickHouse,
  type SavedQuery,
} from '@keywatch/clickhouse';
import { CommandError } from '../command-error.js';
import { fileError } from '../file-error.js';
import { untilInterrupted } from '../interrupt.js';
import { say, tell } from '../output/say.js';
import { cliSettings } from '../settings.js';
import { connectAnalyst } from '../sql/analyst-connection.js';
import { promptForQueries } from '../sql/prompt.js';
import { parseSqlFormat, runQuery, type SqlFormat } from '../sql/run-query.js';

interface Options {
  readonly file?: string;
  readonly saved?: string | true;
  readonly param?: Readonly<Record<string, string>>;
  readonly format: SqlFormat;
  readonly data?: string;
}

type Params = Readonly<Record<string, string>>;

function parseParam(text: string, before: Params = {}): Params {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** `keywatch sql`: questions to the views for people, as the user who may only read. */
export function registerSql(program: Command): void {
  program
    .command('sql')
    .description('ask the views for people in SQL, read-only; without a query: a prompt')
    .argument('[query]', 'the query; missing: --file, --saved, or standard input')
    .option('-f, --file <file>', 'file with the query')
    .option('--saved [name]', 'run a saved query; without a name: list them')
    .option('--param <name=value>', 'value of {name:Type} in the query; several times', parseParam)
    .option(
      '--format <format>',
      'table, json, ndjson, csv, tsv, markdown, vertical or parquet',
      parseSqlFormat,
      'table',
    )
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (query: string | undefined, options: Options) => {
      if ([query, options.file, options.saved].filter((given) => given !== undefined).length > 1) {
        throw new CommandError('Give one of a query, --file and --saved.');
      }
      if (options.saved === true) {
        say(savedList(loadSavedQueries()));
        return;
      }
      const asked = await questionOf(query, options);
      const clickhouse = await connectAnalyst(cliSettings(), options.data);
      try {
        if (asked === undefined) await prompt(clickhouse, options);
        else {
          const { signal } = untilInterrupted();
          await runQuery(clickhouse, { ...asked, format: options.format, signal });
        }
      } finally {
        await clickhouse.close();
      }
    });
}

/** undefined: nothing was given and a person sits there. */
async function questionOf(
  query: string | undefined,
  { file, saved, param = {} }: Options,
): Promise<{ readonly sql: string; readonly params: Params } | undefined> {
  if (typeof saved === 'string') return savedQuestion(saved, param);
  if (query === undefined && file === undefined && process.stdin.isTTY) return undefined;
  const sql = query ?? (file === undefined ? await text(process.stdin) : await readQuery(file));
  if (sql.trim() === '') throw new CommandError('The query is empty.');
  return { sql, params: param };
}

async function readQuery(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(file, error);
  }
}

function savedQuestion(name: string, given: Params): { sql: string; params: Params } {
  const queries = loadSavedQueries();
  const found = queries.find((query) => query.name === name);
  if (found === undefined) {
    const names = queries.map((query) => query.name).join(', ');
    throw new CommandError(`There is no saved query ${name}; there are ${names}.`);
  }
  try {
    return { sql: found.sql, params: savedParams(found, given) };
  } catch (error) {
    if (error instanceof SavedParamsError) throw new CommandError(error.message);
    throw error;
  }
}

/** Names, titles and values of the saved queries. */
export function savedList(queries: readonly SavedQuery[]): string {
  return queries
    .map(({ name, title, params }) =>
      [
        name,
        `    ${title}`,
        ...params.map(
          ({ name: param, fallback, about }) =>
            `    --param ${param}=${fallback ?? '...'}  ${about}${fallback === undefined ? ' (needed)' : ''}`,
        ),
      ].join('\n'),
    )
    .join('\n\n');
}

async function prompt(clickhouse: ClickHouse, { param = {}, format }: Options): Promise<void> {
  tell('Read-only. A query ends with ; \\d shows the views, \\? helps, \\q leaves.');
  await promptForQueries({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    run: (sql) => runQuery(clickhouse, { sql, params: param, format }),
    print: say,
  });
}
