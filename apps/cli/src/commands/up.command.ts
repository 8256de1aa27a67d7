import { resolve } from 'node:path';
import type { Command } from 'commander';
import { wholeNumber } from '../parse.js';
import { cliSettings } from '../settings.js';
import { startStack, type Stack } from '../stack/start-stack.js';
import { untilInterrupted } from '../interrupt.js';
import { say } from '../output/say.js';

/** `keywatch up`: everything on this machine, until Ctrl-C. */
export function registerUp(program: Command): void {
  program
    .command('up')
    .description(
      'run broker, ClickHouse and every app on this machine until Ctrl-C; what is stored stays',
    )
    .option('--data <dir>', 'data folder (default: KEYWATCH_DATA or .keywatch)')
    .option(
      '--port <port>',
      'port of the API; 0: any free one (default: KEYWATCH_API_PORT or 4100)',
      wholeNumber(0, 65_535),
    )
    .option(
      '--servers-only',
      'broker and ClickHouse without the apps: for `rebuild`, `ranges abandon` and `topics adopt`',
    )
    .action(async (options: { data?: string; port?: number; serversOnly?: true }) => {
      const settings = cliSettings();
      const interrupted = untilInterrupted();
      const stack = await startStack({
        settings,
        dataDir: resolve(options.data ?? settings.KEYWATCH_DATA),
        apiPort: options.port ?? settings.KEYWATCH_API_PORT,
        log: say,
        colours: process.stdout.isTTY,
        serversOnly: options.serversOnly === true,
        apps: { KEYWATCH_LOG_LEVEL: settings.KEYWATCH_LOG_LEVEL },
        signal: interrupted.signal,
      });
      say(addressLines(stack, options.serversOnly === true).join('\n'));
      await Promise.race([interrupted.promise, stack.supervisor.stopped]);
      say('Stopping…');
      await stack.stop();
    });
}

/** Where the parts of the stack are reached. */
export function addressLines(
  { kafka, clickhouse, api, dataDir }: Stack,
  serversOnly = false,
): string[] {
  const { analyst } = clickhouse;
  return [
    '',
    serversOnly ? 'Broker and ClickHouse are up, the apps are not.' : 'Keywatch is up.',
    ...(serversOnly ? [] : [`  API         ${api}/api/v1  (try: npx keywatch report usage)`]),
    `  Kafka       ${kafka.brokers.join(', ')}  (${kafka.how})`,
    `  ClickHouse  ${clickhouse.url}  (${clickhouse.how}${analyst === undefined ? '' : `; read-only user ${analyst.user}`})`,
    `  Data        ${dataDir}  (addresses and passwords: runtime.json)`,
    `  Ctrl-C ends it.`,
    '',
  ];
}
