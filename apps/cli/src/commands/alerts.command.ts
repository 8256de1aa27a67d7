import type { Command } from 'commander';
import { MAX_LIMIT } from '@keywatch/reports';
import { apiOf } from '../api/find-api.js';
import { parseFormat, print, type Format } from '../output/formats.js';
import { shownColumns } from '../output/report-columns.js';
import { collect, wholeNumber } from '../parse.js';
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
  readonly limit?: number;
}

/** `keywatch alerts` */
export function registerAlerts(program: Command): void {
  program
    .command('alerts')
    .description('list alerts, the last detected first')
    .option('--format <format>', 'table, json or csv', parseFormat, 'table')
    .option('--since <time>', 'last detected at this time or later')
    .option('--until <time>', 'first detected before this time')
    .option('--rule <id>', 'only this rule; may be given several times', collect)
    .option('--severity <least>', 'at least info, low, medium, high or critical')
    .option('--tenant <id>', 'only this tenant; may be given several times', collect)
    .option('--key <id>', 'only this key; may be given several times', collect)
    .option('--lane <name>', 'only this lane: live, or an import; several times', collect)
    .option(
      '--historical <true|false>',
      'only alerts from imports (true), or only the others (false)',
    )
    .option('--limit <n>', 'alerts at most (a table: 100)', wholeNumber(1, MAX_LIMIT))
    .option('--data <dir>', 'data folder of the running stack')
    .action(async ({ data, format, limit, ...params }: AlertsOptions) => {
      const api = await apiOf(cliSettings(), data);
      const query = { ...params, ...(limit === undefined ? {} : { limit: String(limit) }) };
      await print(api, '/api/v1/alerts', query, format, shownColumns('alerts'));
    });
}
