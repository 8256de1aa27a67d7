import { parseArguments, UsageError } from './kit/arguments.js';
import { benchIngest, ingestTable } from './ingest/ingest.bench.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(new Error(`stopped by ${signal}`));
  });
}
const started = performance.now();
const say = (line: string): void => {
  const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4);
  process.stderr.write(`${seconds} s  ${line}\n`);
};

try {
  const args = parseArguments(process.argv.slice(2));
  const figures = await benchIngest(args, say, stop.signal);
  process.stdout.write(`${args.json ? JSON.stringify(figures) : `\n${ingestTable(figures)}`}\n`);
} catch (error) {
  process.stderr.write(
    `bench: ${error instanceof UsageError ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
