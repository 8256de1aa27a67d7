import { Option, type Command } from 'commander';
import { parametersOf, REPORTS, type Report } from '@keywatch/reports';
import { apiOf } from '../api/find-api.js';
import { reportFormat, REPORT_FORMATS, type ReportFormat } from '../output/formats.js';
import { shownColumns } from '../output/report-columns.js';
import { printReport } from '../output/report-output.js';
import { say } from '../output/say.js';
import { addOptions, givenTo } from '../report/options.js';
import { cliSettings } from '../settings.js';

interface OwnOptions {
  readonly data?: string;
  readonly format: ReportFormat;
  readonly out?: string;
}

/** `keywatch report [NAME [KEY]]`: the reports there are, or one of them with the options that it takes. */
export function registerReport(program: Command): void {
  const report = program
    .command('report')
    .description('print a report; without a name, list the reports')
    .usage('[name] [key] [options]')
    .argument('[name]', 'which report')
    .helpCommand(false)
    .action((name: string | undefined) => {
      if (name !== undefined) {
        report.error(
          `error: there is no report ${JSON.stringify(name)}. There are ${REPORTS.map(({ id }) => id).join(', ')}.`,
        );
      }
      say(listOfReports());
    });
  for (const one of REPORTS) registerOne(report, one);
}

function listOfReports(): string {
  const width = Math.max(...REPORTS.map(({ id }) => id.length));
  return [
    ...REPORTS.map(({ id, question }) => `${id.padEnd(width)}  ${question}`),
    '',
    'keywatch report NAME prints one, keywatch report NAME --help says what it takes.',
  ].join('\n');
}

function registerOne(parent: Command, report: Report): void {
  const command = parent
    .command(report.id)
    .summary(report.question)
    .description(`${report.question}\n\n${report.about}`);
  const parameters = parametersOf(report.params);
  const takesKey = parameters.some(({ name }) => name === 'key');
  const needsKey = parameters.some(({ name, required }) => name === 'key' && required);
  if (takesKey) command.argument('[key]', 'the key, by its public name; the same as --key');
  addOptions(command, report);
  command
    .addOption(
      new Option('--format <format>', `how: ${REPORT_FORMATS.join(', ')}`)
        .argParser(reportFormat)
        .default('table'),
    )
    .option('--out <file>', 'write to this file; it appears when it is whole')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (...args: unknown[]) => {
      const key = takesKey ? (args[0] as string | undefined) : undefined;
      const options = command.opts<OwnOptions & Record<string, unknown>>();
      const given = givenTo(report, options);
      const query = key === undefined ? given : { ...given, key: [key, ...keysIn(given['key'])] };
      if (needsKey && query['key'] === undefined) {
        command.error(`error: which key? keywatch report ${report.id} KEY`);
      }
      const { format, out, data } = options;
      const api = await apiOf(cliSettings(), data);
      const shown = shownColumns(report.id, given['groupBy'] as string | undefined);
      await printReport(api, `/api/v1/reports/${report.id}`, query, { format, out }, shown);
    });
}

function keysIn(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return [];
  return typeof given === 'string' ? [given] : given;
}
