import { InvalidArgumentError, type Command } from 'commander';
import { MAX_LIMIT, REPORTS } from '@keywatch/reports';
import { apiOf } from '../api/find-api.js';
import { parseFormat, print, type Format } from '../output/formats.js';
import { shownColumns } from '../output/report-columns.js';
import { collect, wholeNumber } from '../parse.js';
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
  readonly limit?: number;
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
    .option('--from <time>', 'start of the time range, a time or a date (default: all there is)')
    .option('--to <time>', 'end of the time range, not included')
    .option('--as-of <time>', 'the state as of a time (rotation-age; default: now)')
    .option(
      '--group-by <what>',
      'one row per key (default), tenant, environment, lane, owner, hour, day: what the report offers',
    )
    .option('--tenant <id>', 'only this tenant; may be given several times', collect)
    .option('--key <id>', 'only this key; may be given several times', collect)
    .option('--lane <name>', 'only this lane: live, or an import; several times', collect)
    .option('--environment <name>', 'only this environment; several times', collect)
    .option('--temporary', 'temporary keys, too (rotation-age)')
    .option('--limit <n>', 'rows at most (a table: 100)', wholeNumber(1, MAX_LIMIT))
    .option('--data <dir>', 'data folder of the running stack')
    .action(
      async (report: string, { data, format, temporary, limit, ...params }: ReportOptions) => {
        const api = await apiOf(cliSettings(), data);
        const query = {
          ...params,
          ...(temporary === true ? { temporary: 'true' } : {}),
          ...(limit === undefined ? {} : { limit: String(limit) }),
        };
        await print(
          api,
          `/api/v1/reports/${report}`,
          query,
          format,
          shownColumns(report, params.groupBy),
        );
      },
    );
}
