import type { Command } from 'commander';
import type { SilenceRow } from '@keywatch/reports';
import { actorOf } from '../alerts/actor.js';
import type { Recorded, SilencesAnswer } from '../alerts/answers.js';
import { coverText, silencesText } from '../alerts/silences-text.js';
import { untilStored } from '../alerts/until-stored.js';
import type { ApiClient } from '../api/api-client.js';
import { apiOf } from '../api/find-api.js';
import { CommandError } from '../command-error.js';
import { count } from '../output/completeness.js';
import { say } from '../output/say.js';
import { printable } from '../output/table.js';
import { durationMs, tableOrJson, timeMs } from '../parse.js';
import { cliSettings } from '../settings.js';
import { BY, WHY } from './alerts.command.js';

interface AddOptions {
  readonly rule?: string;
  readonly tenant?: string;
  readonly key?: string;
  readonly lane?: string;
  readonly owner?: string;
  readonly severityAtMost?: string;
  readonly from?: number;
  readonly for?: number;
  readonly until?: number;
  readonly why: string;
  readonly by?: string;
  readonly data?: string;
}

const DATA = ['--data <dir>', 'data folder of the running stack'] as const;
const LIST = '/api/v1/silences';
/** Alerts that are looked through for those that a new silence covers. */
const LOOKED_AT = 1000;

/** `keywatch silence add|list|end`: for a while nobody is told of some alerts. */
export function registerSilence(program: Command): void {
  const group = program
    .command('silence')
    .description(
      'for a while nobody is told of some alerts; they are raised and stored all the same',
    );
  group
    .command('add')
    .description(
      'alerts that fit everything that is given; at least one of rule, tenant, key, lane, owner',
    )
    .option('--rule <id>', 'alerts of this rule')
    .option('--tenant <id>', 'of this tenant')
    .option('--key <id>', 'about this key')
    .option('--lane <name>', 'of this lane: live, or an import')
    .option('--owner <who>', 'id, e-mail address or team of the owner')
    .option('--severity-at-most <severity>', 'more severe alerts come through (default: none does)')
    .option('--from <time>', 'first moment (default: now)', timeMs)
    .option('--for <time>', 'how long: 30m, 2h, 7d; 90d at most', durationMs)
    .option('--until <time>', 'or its end: a time, or a date in UTC', timeMs)
    .requiredOption(...WHY)
    .option(...BY)
    .option(...DATA)
    .action(add);
  group
    .command('list')
    .description('silences that hold now or will')
    .option('--all', 'those that are over, too')
    .option('--format <format>', 'table or json', tableOrJson, 'table')
    .option(...DATA)
    .action(async (given: { all?: true; format: 'table' | 'json'; data?: string }) => {
      const api = await apiOf(cliSettings(), given.data);
      const answer = await silences(api, given.all === true);
      say(given.format === 'json' ? JSON.stringify(answer, undefined, 2) : silencesText(answer));
    });
  group
    .command('end')
    .description('people are told again from now on')
    .argument('<id>', 'id of the silence, or its beginning as the list shows it')
    .requiredOption(...WHY)
    .option(...BY)
    .option(...DATA)
    .action(end);
}

const silences = (api: ApiClient, all: boolean): Promise<SilencesAnswer> =>
  api.one<SilencesAnswer>(`${LIST}?all=${String(all)}`);

async function add(given: AddOptions): Promise<void> {
  const { from, for: lastsMs, until, why } = given;
  if ((lastsMs === undefined) === (until === undefined)) {
    throw new CommandError('Until when? Give --for (30m, 2h, 7d) or --until TIME, one of them.');
  }
  const by = actorOf(given.by);
  const startMs = from ?? Date.now();
  const endsAt = new Date(until ?? startMs + (lastsMs ?? 0)).toISOString();
  const { rule, tenant, key, lane, owner, severityAtMost } = given;
  const api = await apiOf(cliSettings(), given.data);
  const { silenceId } = await api.post<Recorded & { silenceId: string }>(LIST, {
    matchers: { rule, tenantId: tenant, keyId: key, lane, owner, severityAtMost },
    ...(from === undefined ? {} : { startsAt: new Date(from).toISOString() }),
    endsAt,
    by,
    why,
  });
  const stored = await untilStored(() => silenceWith(api, silenceId));
  say(printable(`${silenceId.slice(0, 8)}  ${coverText(stored)}`));
  if (stored.status === 'coming') return;
  const { rows } = await api.alerts({ silenced: 'true', limit: String(LOOKED_AT) });
  const covered = rows.filter(({ silencedBy }) => String(silencedBy).includes(silenceId)).length;
  say(
    covered === 0
      ? 'It covers no alert that is there now. Values are compared exactly, upper and lower case too.'
      : `It covers ${count(covered, 'alert')} that ${covered === 1 ? 'is' : 'are'} there now.`,
  );
}

async function end(
  id: string,
  { why, by, data }: { why: string; by?: string; data?: string },
): Promise<void> {
  const who = actorOf(by);
  const api = await apiOf(cliSettings(), data);
  const path = `${LIST}/${encodeURIComponent(id)}/end`;
  const answer = await api.post<Recorded & { silenceId: string }>(path, { by: who, why });
  const { silenceId, recorded, detail } = answer;
  const shortId = silenceId.slice(0, 8);
  if (!recorded) {
    say(`${shortId}  Nothing to do: ${printable(detail)}`);
    return;
  }
  await untilStored(async () => {
    const stored = await silenceWith(api, silenceId);
    return stored?.status === 'over' ? stored : undefined;
  });
  say(printable(`${shortId}  is over (${who})`));
}

async function silenceWith(api: ApiClient, id: string): Promise<SilenceRow | undefined> {
  return (await silences(api, true)).silences.find(({ silenceId }) => silenceId === id);
}
