import type { Command } from 'commander';
import { apiOf } from '../api/find-api.js';
import { parseFormat, print, type Format } from '../output/formats.js';
import { shownColumns } from '../output/report-columns.js';
import { cliSettings } from '../settings.js';

interface AlertsOptions {
  readonly data?: string;
  readonly format: Format;
  readonly since?: string;
  readonly until?: string;
  readonly rule?: readonly string[];
  readonly severity?: string;
  readonly tenant?: readonly string[];
  readonly key?: readonly string[];
  readonly lane?: readonly string[];
  readonly historical?: string;
  readonly limit?: string;
}

/** `keywatch alerts` */
export function registerAlerts(program: Command): void {
  program
    .command('alerts')
    .description('list alerts, the last detected first')
    .option('--format <format>', 'table, json or csv', parseFormat, 'table')
    .option('--since <time>', 'last detected at this time or later')
    .option('--until <time>', 'first detected before this time')
    .option('--rule <id...>', 'only these rules')
    .option('--severity <least>', 'at least info, low, medium, high or critical')
    .option('--tenant <id...>', 'only these tenants')
    .option('--key <id...>', 'only these keys')
    .option('--lane <name...>', 'only these lanes: live, or names of imports')
    .option(
      '--historical <true|false>',
      'only alerts from imports (true), or only the others (false)',
    )
    .option('--limit <n>', 'alerts at most (a table: 100)')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async ({ data, format, ...query }: AlertsOptions) => {
      const api = await apiOf(cliSettings(), data);
      await print(api, '/api/v1/alerts', query, format, shownColumns('alerts'));
    });
}
