import { createInterface } from 'node:readline/promises';
import { describeViews } from '@keywatch/clickhouse';

export interface PromptOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly terminal: boolean;
  /** Lines asked before, the latest first. */
  readonly history?: string[];
  /** Runs one query and prints what comes of it. */
  readonly run: (sql: string) => Promise<void>;
  readonly print: (text: string) => void;
}

export const PROMPT = 'keywatch> ';
const MORE = '       -> ';
const HELP = String.raw`A query ends with ; and may go over several lines.
  \d       the views           \d NAME  the columns of a view
  \q       leave (or Ctrl-D)   \?       this`;

/** Asks for queries until the input ends or \q. What fails is said, and the prompt goes on. */
export async function promptForQueries(options: PromptOptions): Promise<void> {
  const { input, output, terminal, history = [], run, print } = options;
  const lines = createInterface({
    input,
    output,
    terminal,
    history,
    historySize: 500,
    prompt: PROMPT,
  });
  let query = '';
  // The input may end while a query runs; lines that came before are still answered.
  const ended = new AbortController();
  lines.once('close', () => {
    ended.abort();
  });
  lines.on('SIGINT', () => {
    if (query === '' && lines.line === '') lines.close();
    query = '';
    output.write('\n');
    lines.setPrompt(PROMPT);
    lines.prompt();
  });
  lines.prompt();
  for await (const line of lines) {
    const text = line.trim();
    if (query === '' && /^(\\q|exit|quit);?$/i.test(text)) break;
    if (query === '' && text.startsWith('\\')) print(answerTo(text));
    else if (text !== '') query += `${line}\n`;
    if (query !== '' && text.endsWith(';')) {
      const asked = query;
      query = '';
      try {
        await run(asked);
      } catch (error) {
        print((error as Error).message);
      }
    }
    lines.setPrompt(query === '' ? PROMPT : MORE);
    if (!ended.signal.aborted) lines.prompt();
  }
  lines.close();
}

/** `\d`, `\d NAME`, else help. */
function answerTo(command: string): string {
  const [name, view] = command.split(/\s+/);
  if (name !== '\\d') return HELP;
  const views = describeViews();
  if (view === undefined) return columns(views.map(({ name: head, about }) => [head, about]));
  const found = views.find(({ name: known }) => known === view);
  if (found === undefined) {
    return `There is no view ${view}; there are ${views.map((known) => known.name).join(', ')}.`;
  }
  return columns(found.columns.map(({ name: head, type, about }) => [head, type, about]));
}

function columns(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(width(i)))))
    .map((row) => `  ${row.join('  ')}`)
    .join('\n');
}
