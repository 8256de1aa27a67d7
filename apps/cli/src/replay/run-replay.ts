import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ReplayJob, ReplayLine } from '@keywatch/detection';
import { CommandError } from '../command-error.js';

const MAIN = fileURLToPath(new URL('../../../detect/dist/replay.js', import.meta.url));

/** Characters of what the process said last that are kept for the message. */
const KEPT = 4_000;

/**
 * Folds a stretch of the log in a process of its own, which is detection's code. It ends with this one, and when the
 * signal says so.
 * @throws CommandError with its words where it fails; AbortError once the signal is given
 */
export async function* runReplay(
  job: ReplayJob,
  signal: AbortSignal,
  main = MAIN,
): AsyncGenerator<ReplayLine> {
  if (!existsSync(main)) throw new CommandError('detect is not built; run npm run build');
  signal.throwIfAborted();
  const child = spawn(process.execPath, [main], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<string>((resolve) => {
    child.on('error', ({ message }) => {
      resolve(message);
    });
    child.on('close', (code, by) => {
      resolve(by ?? `exit code ${code}`);
    });
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT);
  });
  // Gone before it read its job: what it said tells why.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(job)}\n`);
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', stop);
  let isWhole = false;
  try {
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as ReplayLine;
      isWhole ||= line.kind === 'end';
      yield line;
    }
    const end = await ended;
    signal.throwIfAborted();
    if (!isWhole) throw new CommandError(`The replay failed: ${wordsOf(said) || end}`);
  } finally {
    signal.removeEventListener('abort', stop);
    // It holds nothing that has to be put away.
    stop();
  }
}

/** As V8 says it before its stack, which tells a user nothing. */
const NO_MEMORY = 'heap out of memory';

function wordsOf(said: string): string {
  if (!said.includes(NO_MEMORY)) return lastWords(said);
  return 'its memory is full. It holds what is known of all keys of one partition at a time, about 1 kB each and as much again for a while: give it more, in MB, by NODE_OPTIONS=--max-old-space-size=8192, or begin later with --from';
}

/** The message of the last line, which is JSON where the process ended by itself. */
export function lastWords(said: string): string {
  const last = said.trim().split('\n').at(-1) ?? '';
  try {
    return (JSON.parse(last) as { msg?: string }).msg ?? last;
  } catch {
    return said.trim();
  }
}
