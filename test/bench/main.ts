import { benchDetect, detectTable } from './detect/detect.bench.js';
import { benchDetection, detectionTable } from './detection/detection.bench.js';
import { benchIngest, ingestTable } from './ingest/ingest.bench.js';
import { benchReports, reportsTable } from './reports/reports.bench.js';
import { parseArguments, UsageError, type BenchArguments } from './kit/arguments.js';

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

async function run(args: BenchArguments): Promise<string> {
  if (args.bench === 'ingest') {
    const figures = await benchIngest(args, say, stop.signal);
    return args.json ? JSON.stringify(figures) : ingestTable(figures);
  }
  if (args.bench === 'reports') {
    const figures = await benchReports(args, say, stop.signal);
    return args.json ? JSON.stringify(figures) : reportsTable(figures);
  }
  if (args.bench === 'detection') {
    const figures = await benchDetection(args, say, stop.signal);
    return args.json ? JSON.stringify(figures) : detectionTable(figures);
  }
  const figures = await benchDetect(args, say, stop.signal);
  return args.json ? JSON.stringify(figures) : detectTable(figures);
}

try {
  process.stdout.write(`${await run(parseArguments(process.argv.slice(2)))}\n`);
} catch (error) {
  const isUsage = error instanceof UsageError;
  const text = isUsage ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`bench: ${text}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
