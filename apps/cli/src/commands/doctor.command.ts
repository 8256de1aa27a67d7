import { resolve } from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import { doctorChecks, type DoctorCheck } from '@keywatch/local-stack';
import { say } from '../output/say.js';
import { cliSettings } from '../settings.js';

/** `keywatch doctor`: exit code 1 where something stands in the way. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check Node, Java, Maven, Docker, Kafka, ClickHouse, ports, memory and disk, each with its fix',
    )
    .option('--json', 'print the checks as JSON')
    .option('--data <dir>', 'data folder that is to be used')
    .action(async (options: { json?: true; data?: string }) => {
      const settings = cliSettings();
      const checks = await doctorChecks({
        dataDir: resolve(options.data ?? settings.KEYWATCH_DATA),
        ports: { KEYWATCH_API_PORT: settings.KEYWATCH_API_PORT },
        ...(settings.KEYWATCH_KAFKA_BROKERS === undefined
          ? {}
          : { brokers: settings.KEYWATCH_KAFKA_BROKERS }),
        ...(settings.KEYWATCH_CLICKHOUSE_URL === undefined
          ? {}
          : { clickhouseUrl: settings.KEYWATCH_CLICKHOUSE_URL }),
      });
      say(options.json === true ? JSON.stringify(checks) : doctorText(checks));
      if (checks.some(({ ok }) => ok === false)) process.exitCode = 1;
    });
}

export function doctorText(checks: readonly DoctorCheck[]): string {
  const mark = (ok: DoctorCheck['ok']): string =>
    ok === true ? pc.green('ok  ') : ok === 'warn' ? pc.yellow('note') : pc.red('BAD ');
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, ok, detail, fix }) => [
    `${mark(ok)} ${name.padEnd(width)} ${detail}`,
    ...(ok === true || fix === '' ? [] : [`     ${' '.repeat(width)} → ${fix}`]),
  ]);
  return lines.join('\n');
}
