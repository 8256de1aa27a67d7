import type { Command } from 'commander';
import { MAX_LIMIT } from '@keywatch/reports';
import { actorOf } from '../alerts/actor.js';
import { alertPage } from '../alerts/alert-page.js';
import { actOn, alertAt, type Verb } from '../alerts/deeds.js';
import { apiOf } from '../api/find-api.js';
import { CommandError } from '../command-error.js';
import { parseFormat, print, type Format } from '../output/formats.js';
import { shownColumns } from '../output/report-columns.js';
import { say } from '../output/say.js';
import { collect, tableOrJson, wholeNumber } from '../parse.js';
import { cliSettings } from '../settings.js';

interface ListOptions {
  readonly data?: string;
  readonly format: Format;
  readonly since?: string;
  readonly until?: string;
  readonly rule?: readonly string[];
  readonly severity?: string;
  readonly tenant?: readonly string[];
  readonly key?: readonly string[];
  readonly lane?: readonly string[];
  readonly status?: readonly string[];
  readonly silenced?: string;
  readonly historical?: string;
  readonly limit?: number;
}

interface DeedOptions {
  readonly why: string;
  readonly by?: string;
  readonly data?: string;
}

const DATA = ['--data <dir>', 'data folder of the running stack'] as const;
/** Options of whatever records who did something and why. */
export const WHY = ['--why <text>', 'why, for those who ask later'] as const;
export const BY = ['--by <name>', 'who does it (default: the user of this machine)'] as const;

/** Name of the command, address of the API, what it means. */
const DEEDS: readonly (readonly [string, Verb, string])[] = [
  ['ack', 'acknowledge', 'somebody works on it'],
  ['resolve', 'resolve', 'it is settled; a more severe telling opens it again'],
  ['reopen', 'reopen', 'it is not settled after all'],
  ['comment', 'comment', 'a remark; the status stays'],
];

/** `keywatch alerts`, and what people do about alerts. */
export function registerAlerts(program: Command): void {
  const group = program
    .command('alerts')
    .description('list alerts, look at one, acknowledge, resolve, reopen, comment');
  registerList(group.command('list', { isDefault: true }));
  group.addHelpText('after', '\nkeywatch alerts list --help has the options of the list.');
  group
    .command('show')
    .description('one alert: what it rests on, what to do, who did what, who was told')
    .argument('<id>', 'id of the alert, or its beginning as the list shows it')
    .option('--format <format>', 'table or json', tableOrJson, 'table')
    .option(...DATA)
    .action(async (id: string, { data, format }: { data?: string; format: 'table' | 'json' }) => {
      const answer = await alertAt(await apiOf(cliSettings(), data), id);
      say(format === 'json' ? JSON.stringify(answer, undefined, 2) : alertPage(answer));
    });
  for (const [name, verb, description] of DEEDS) {
    group
      .command(name)
      .description(description)
      .argument('<id...>', 'ids of alerts, or their beginnings as the list shows them')
      .requiredOption(...WHY)
      .option(...BY)
      .option(...DATA)
      .action(async (ids: string[], { why, by, data }: DeedOptions) => {
        const who = actorOf(by);
        await actOn(await apiOf(cliSettings(), data), ids, verb, { by: who, why });
      });
  }
}

function registerList(command: Command): void {
  command
    .description('alerts, the last detected first; runs where no other is named')
    .option('--format <format>', 'table, json or csv', parseFormat, 'table')
    .option('--since <time>', 'last detected at this time or later')
    .option('--until <time>', 'first detected before this time')
    .option('--rule <id>', 'only this rule; may be given several times', collect)
    .option('--severity <least>', 'at least info, low, medium, high or critical')
    .option('--tenant <id>', 'only this tenant; may be given several times', collect)
    .option('--key <id>', 'only this key; may be given several times', collect)
    .option('--lane <name>', 'only this lane: live, or an import; several times', collect)
    .option('--status <status>', 'only open, acknowledged or resolved; several times', collect)
    .option('--silenced <true|false>', 'only what a silence covers now (true), or the others')
    .option(
      '--historical <true|false>',
      'only alerts from imports (true), or only the others (false)',
    )
    .option('--limit <n>', 'alerts at most (a table: 100)', wholeNumber(1, MAX_LIMIT))
    .option(...DATA)
    // Looked at below, for a better answer than "too many arguments".
    .allowExcessArguments()
    .action(async ({ data, format, limit, ...params }: ListOptions, { args: [id] }: Command) => {
      if (id !== undefined) {
        throw new CommandError(
          `"${id}"? \`keywatch alerts show ID\` shows one alert, and ack, resolve, reopen, comment act on it; the list takes options only.`,
        );
      }
      const api = await apiOf(cliSettings(), data);
      const query = { ...params, ...(limit === undefined ? {} : { limit: String(limit) }) };
      await print(api, '/api/v1/alerts', query, format, shownColumns('alerts'));
    });
}
