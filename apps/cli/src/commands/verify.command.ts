import type { Command } from 'commander';
import pc from 'picocolors';
import { verifyDatabase, type Finding } from '@keywatch/clickhouse';
import { TOPICS } from '@keywatch/events';
import { connect } from '../direct/connections.js';
import { logPartitions } from '../direct/log-partitions.js';
import { untilInterrupted } from '../interrupt.js';
import { say } from '../output/say.js';
import { cliSettings } from '../settings.js';

/** `keywatch verify`: exit code 1 where anything is wrong. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'prove that every position of the log is stored once: offsets, ranges, rows, duplicates, rollups',
    )
    .option('--json', 'print the findings as JSON')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (options: { json?: true; data?: string }) => {
      const connections = await connect(cliSettings(), options.data);
      try {
        const findings = await verifyDatabase(connections.clickhouse, {
          topics: {
            keyEvents: TOPICS.keyEvents.name,
            alertEvents: TOPICS.alertEvents.name,
            deliveryEvents: TOPICS.deliveryEvents.name,
          },
          log: await logPartitions(connections.admin),
          signal: untilInterrupted().signal,
        });
        say(
          options.json === true
            ? JSON.stringify({ ok: findings.every(({ ok }) => ok), findings })
            : verifyText(findings),
        );
        if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
      } finally {
        await connections.close();
      }
    });
}

export function verifyText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, ok, detail, hint }) => [
    `${ok ? pc.green('ok   ') : pc.red('WRONG')} ${check.padEnd(14)} ${detail}`,
    ...(hint === '' ? [] : [`      ${' '.repeat(14)} → ${hint}`]),
  ]);
  const wrong = findings.filter(({ ok }) => !ok).length;
  return [
    ...lines,
    '',
    wrong === 0
      ? 'Nothing is missing, nothing is there twice.'
      : `${wrong} of ${findings.length} checks found something.`,
  ].join('\n');
}
