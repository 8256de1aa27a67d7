import type { Command } from 'commander';
import { expiredExceptions } from '@keywatch/detection';
import { CommandError } from '../command-error.js';
import { say, tell } from '../output/say.js';
import { printable, table } from '../output/table.js';
import { registerBacktest } from '../rules/backtest.options.js';
import { registerTest } from '../rules/cases.options.js';
import { describeRules, DETECTIONS, ruleInWords } from '../rules/descriptions.js';
import { checked, heldPolicy, textOf } from '../rules/settings-file.js';
import { cliSettings } from '../settings.js';

interface Options {
  readonly json?: true;
  readonly data?: string;
  readonly file?: string;
}

/** `keywatch rules list|show|check|test|backtest` */
export function registerRules(program: Command): void {
  const rules = program
    .command('rules')
    .description('rules and sweeps: what they are, what is set, and what settings would give');
  const held = (command: Command): Command =>
    command
      .option('--file <path>', 'settings file (default: the one that detection follows)')
      .option('--data <dir>', 'data folder, where keywatch.yaml is looked for')
      .option('--json', 'print JSON');

  held(rules.command('list').description('every rule and sweep, and what is set')).action(
    async ({ json, data, file }: Options) => {
      const { policy, path } = await heldPolicy(cliSettings(), data, file);
      const list = describeRules(policy);
      if (json === true) say(JSON.stringify({ file: path ?? null, rules: list }));
      else {
        const rows = list.map((rule) => [
          rule.id,
          rule.severity,
          rule.kind,
          rule.enabled ? 'on' : 'OFF',
          Object.entries(rule.changed)
            .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
            .join(' '),
          rule.exceptions,
          rule.title,
        ]);
        say(table(['RULE', 'SEVERITY', 'KIND', 'STATE', 'SET', 'EXCEPTIONS', 'TITLE'], rows));
        say(path === undefined ? 'No settings file: the defaults hold.' : `Set by ${path}.`);
      }
    },
  );

  held(rules.command('show').description('all about one rule or sweep').argument('<id>')).action(
    async (id: string, { json, data, file }: Options) => {
      const rule = DETECTIONS.find((one) => one.id === id);
      const { policy } = await heldPolicy(cliSettings(), data, file);
      const described = describeRules(policy).find((one) => one.id === id);
      if (rule === undefined || described === undefined) {
        const ids = DETECTIONS.map((one) => one.id).join(', ');
        throw new CommandError(`There is no rule ${printable(id)}; there are ${ids}.`);
      }
      const { description, runbook } = rule;
      if (json === true) say(JSON.stringify({ ...described, description, runbook }));
      else say(ruleInWords(rule, described));
    },
  );

  rules
    .command('check')
    .description('check a settings file; exit code 1 where something is wrong')
    .argument('<file>', 'YAML file')
    .action(async (path: string) => {
      const policy = checked(await textOf(path), path);
      for (const { reason } of expiredExceptions(policy, Date.now()))
        tell(`Note: an exception holds no more and can be taken out: ${printable(reason)}`);
      const tenants = Object.keys(policy.tenants).length;
      say(`${path} is right: ${tenants} tenants, ${policy.exceptions.length} exceptions.`);
    });

  registerTest(rules);
  registerBacktest(rules);
}
