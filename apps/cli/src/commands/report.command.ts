import { InvalidArgumentError, type Command } from 'commander';
import { REPORTS } from '@keywatch/reports';
import { apiOf } from '../api/find-api.js';
import { parseFormat, print, type Format } from '../output/formats.js';
import { shownColumns } from '../output/report-columns.js';
import { cliSettings } from '../settings.js';

interface ReportOptions {
  readonly data?: string;
  readonly format: Format;
  readonly temporary?: true;
  readonly from?: string;
  readonly to?: string;
  readonly asOf?: string;
  readonly groupBy?: string;
  readonly tenant?: readonly string[];
  readonly key?: readonly string[];
  readonly lane?: readonly string[];
  readonly environment?: readonly string[];
  readonly limit?: string;
}

const IDS = REPORTS.map(({ id }) => id);

function reportId(text: string): string {
  if (IDS.includes(text)) return text;
  throw new InvalidArgumentError(`There are ${IDS.join(', ')}.`);
}

/** `keywatch report usage|rotation-age` */
export function registerReport(program: Command): void {
  program
    .command('report')
    .description(`print a report: ${IDS.join(', ')}`)
    .argument('<report>', 'which report', reportId)
    .option('--format <format>', 'table, json or csv', parseFormat, 'table')
    .option('--from <time>', 'start of the time range (default: all there is)')
    .option('--to <time>', 'end of the time range, not included')
    .option('--as-of <time>', 'the state as of a time (rotation-age; default: now)')
    .option(
      '--group-by <what>',
      'one row per key (default), tenant, environment, lane, owner, hour, day: what the report offers',
    )
    .option('--tenant <id...>', 'only these tenants')
    .option('--key <id...>', 'only these keys')
    .option('--lane <name...>', 'only these lanes: live, or names of imports')
    .option('--environment <name...>', 'only these environments')
    .option('--temporary', 'temporary keys, too (rotation-age)')
    .option('--limit <n>', 'rows at most (a table: 100)')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (report: string, { data, format, temporary, ...params }: ReportOptions) => {
      const api = await apiOf(cliSettings(), data);
      const query = { ...params, ...(temporary === true ? { temporary: 'true' } : {}) };
      await print(
        api,
        `/api/v1/reports/${report}`,
        query,
        format,
        shownColumns(report, params.groupBy),
      );
    });
}
