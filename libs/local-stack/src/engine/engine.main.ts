import { parseArgs } from 'node:util';
import { loadChdb } from './chdb.js';
import { openEngineProcess } from './engine-process.js';
import { checkThreads } from './threads.js';

/*
 * The embedded ClickHouse as a process: node engine.main.js --data DIR --port P [--host 127.0.0.1] [--leash]
 *   [--views DATABASE] [--config FILE]
 *
 * Prints {"ready":true,"url":...,"pid":...} on standard output when it answers; everything else goes to standard error.
 * Ends in good order on SIGTERM and SIGINT, and with --leash when its standard input ends, which is when its parent is
 * gone. Needs UV_THREADPOOL_SIZE=16 in its environment; times are the process's time zone's (TZ=UTC).
 */

const USAGE =
  'usage: engine.main.js --data DIR --port PORT [--host 127.0.0.1] [--views keywatch_views] [--config FILE] [--leash]';
/** An end that takes longer (a query that can't be stopped) is forced: acknowledged rows are safe either way. */
const END_MS = 45_000;

const log = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  await main();
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      views: { type: 'string', default: 'keywatch_views' },
      config: { type: 'string' },
      leash: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (values.data === undefined || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(USAGE);
  // Read by libuv, not a setting of ours.
  // eslint-disable-next-line no-restricted-properties
  checkThreads(process.env['UV_THREADPOOL_SIZE']);
  const stop = stopSignal(values.leash);
  const engine = await openEngineProcess({
    dataDir: values.data,
    host: values.host,
    port,
    chdb: await loadChdb(),
    views: values.views,
    ...(values.config === undefined ? {} : { configFile: values.config }),
    log,
  });
  process.stdout.write(`${JSON.stringify({ ready: true, url: engine.url, pid: process.pid })}\n`);
  log(`stopping: ${await stop}`);
  setTimeout(() => {
    log(`not stopped within ${END_MS} ms; forcing the end`);
    process.exit(1);
  }, END_MS).unref();
  await engine.close();
  process.exit(0);
}

/** Resolves with the reason to stop. Listens from the start, so that a signal while opening isn't lost. */
function stopSignal(leash: boolean): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => {
        resolve(signal);
      });
    if (!leash) return;
    const gone = (): void => {
      resolve('the process that started it is gone');
    };
    process.stdin.once('end', gone).once('close', gone).once('error', gone).resume();
    // Listening alone must not keep a process alive that could not start.
    (process.stdin as { unref?: () => unknown }).unref?.();
  });
}
