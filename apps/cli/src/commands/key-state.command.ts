import type { Command } from 'commander';
import type { KeyStateAnswer } from '@keywatch/reports';
import { apiOf } from '../api/find-api.js';
import type { Completeness } from '../api/api-client.js';
import { completenessLine, count } from '../output/completeness.js';
import { say } from '../output/say.js';
import { printable, table } from '../output/table.js';
import { collect, tableOrJson } from '../parse.js';
import { cliSettings } from '../settings.js';

interface Options {
  readonly at?: string;
  readonly knownAt?: string;
  readonly tenant?: string;
  readonly lane?: readonly string[];
  readonly format: 'table' | 'json';
  readonly data?: string;
}

/** `keywatch key-state KEY --at T`: what was known of a key at any time. */
export function registerKeyState(program: Command): void {
  program
    .command('key-state')
    .description('what was known of a key at a time: lifecycle, owner, age, use, open alerts')
    .argument('<key>', 'public name of the key')
    .option('--at <time>', 'a time or a date, by the time of events (default: now)')
    .option('--known-at <time>', 'only what had arrived by this time (default: all)')
    .option('--tenant <id>', 'tenant of the key; needed where several have one of that name')
    .option('--lane <name>', 'only this lane: live, or an import; several times', collect)
    .option('--format <format>', 'table or json', tableOrJson, 'table')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (key: string, { data, format: shown, ...query }: Options) => {
      const api = await apiOf(cliSettings(), data);
      const path = `/api/v1/keys/${encodeURIComponent(key)}/state`;
      const response = await api.get(path, { ...query });
      const answer = (await response.json()) as KeyStateAnswer & { completeness: Completeness };
      say(shown === 'json' ? JSON.stringify(answer, undefined, 2) : keyStateText(answer));
    });
}

/** A page for a person: facts, what had happened, and how complete that is. */
export function keyStateText(answer: KeyStateAnswer & { completeness: Completeness }): string {
  const { description, requests, rotationAge: age, openAlerts, changes } = answer;
  const owner = description?.owner;
  const facts: readonly (readonly [string, string | null])[] = [
    ['State', `${answer.state}${answer.usable ? ', usable' : ', not usable'}`],
    ['Name', description?.name ?? null],
    [
      'Owner',
      owner === undefined
        ? null
        : [owner.id, owner.email, owner.team].filter((text) => text !== '').join(', '),
    ],
    ['Plan', description?.plan ?? null],
    [
      'Environment',
      description === null
        ? null
        : [...new Set([description.environment, ...description.allowedEnvironments])]
            .filter((text) => text !== '')
            .join(', '),
    ],
    ['Kind', description?.kind ?? null],
    ['Created', utcTime(answer.createdAt)],
    ['Last rotated', utcTime(answer.lastRotatedAt)],
    [
      'Age of secret',
      age === null ? null : `${age.atLeast ? 'at least ' : ''}${count(age.days, 'day')}`,
    ],
    ['Secret version', answer.secretVersion === null ? null : String(answer.secretVersion)],
    ['Grace ends', utcTime(answer.graceEndsAt)],
    ['Expires', utcTime(answer.expiresAt)],
    ['Leak reported', utcTime(answer.leakReportedAt)],
    ['Revoked', utcTime(answer.revokedAt)],
    [
      'Requests',
      requests.count === 0
        ? 'none seen'
        : `${requests.count.toLocaleString('en-US')}, from ${shownTime(requests.firstUsed) ?? ''} to ${utcTime(requests.lastUsed) ?? ''}`,
    ],
  ];
  const known =
    answer.knownAt === null ? '' : `, as it had arrived by ${utcTime(answer.knownAt) ?? ''}`;
  return [
    `${printable(answer.keyId)} of ${printable(answer.tenantId)} at ${shownTime(answer.at) ?? ''} UTC${known}`,
    '',
    ...facts.map(
      ([name, text]) =>
        `  ${name.padEnd(15)} ${text === null || text === '' ? 'unknown' : printable(text)}`,
    ),
    '',
    openAlerts.length === 0
      ? 'No alert was open.'
      : table(
          ['OPEN ALERT', 'RULE', 'SEVERITY', 'DETECTED (UTC)', 'WHAT'],
          openAlerts.map(({ alertId, rule, severity, detectedAt, sentence }) => [
            alertId.slice(0, 12),
            rule,
            severity,
            shownTime(detectedAt),
            sentence,
          ]),
        ),
    '',
    changes.length === 0
      ? 'No change of it was known.'
      : table(
          ['TIME (UTC)', 'CHANGE', 'BY', 'REASON', 'LANE'],
          changes.map(({ at, change, actor, reason, lane }) => [
            shownTime(at),
            change,
            actor,
            reason,
            lane,
          ]),
        ),
    '',
    completenessLine(answer.completeness),
  ].join('\n');
}

const shownTime = (text: string | null): string | null =>
  text === null ? null : text.slice(0, 19).replace('T', ' ');

const utcTime = (text: string | null): string | null =>
  text === null ? null : `${shownTime(text) ?? ''} UTC`;
