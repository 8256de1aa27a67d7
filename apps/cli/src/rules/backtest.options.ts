import { InvalidArgumentError, type Command } from 'commander';
import { resolvePolicy, withSettings, type DetectionPolicy } from '@keywatch/detection';
import { CommandError } from '../command-error.js';
import { connect } from '../direct/connections.js';
import { untilInterrupted } from '../interrupt.js';
import { say, tell } from '../output/say.js';
import { printable } from '../output/table.js';
import { collect, numberIn, timeMs } from '../parse.js';
import { cliSettings } from '../settings.js';
import { backtestText } from './backtest-text.js';
import { backtest, type Tried } from './backtest.js';
import { DETECTIONS } from './descriptions.js';
import { heldPolicy } from './settings-file.js';
import { boundsOf, suggested } from './suggest.js';

interface Options {
  readonly from: number;
  readonly to: number;
  readonly set?: readonly string[];
  readonly tenant?: string;
  readonly wanted?: number;
  readonly setting?: string;
  readonly format: 'table' | 'json';
  readonly file?: string;
  readonly data?: string;
}

const format = (text: string): Options['format'] => {
  if (text === 'table' || text === 'json') return text;
  throw new InvalidArgumentError('It must be table or json.');
};

/** `keywatch rules backtest` */
export function registerBacktest(rules: Command): void {
  rules
    .command('backtest')
    .description('what a rule would have told, from what is stored; writes nothing')
    .argument('<id>', 'rule or sweep')
    .requiredOption('--from <time>', 'start: a date, or a time', timeMs)
    .requiredOption('--to <time>', 'end, not included', timeMs)
    .option('--set <name=value>', 'a setting to try beside what holds; several times', collect)
    .option('--tenant <id>', 'only this tenant')
    .option('--wanted <n>', 'suggest a value for so many alerts a week', numberIn(0, 1e9))
    .option('--setting <name>', 'the numeric setting to find a value for (with --wanted)')
    .option('--format <format>', 'table or json', format, 'table')
    .option('--file <path>', 'settings file (default: the one that detection follows)')
    .option('--data <dir>', 'data folder of the running stack')
    .action(run);
}

async function run(id: string, options: Options): Promise<void> {
  const rule = DETECTIONS.find((one) => one.id === id);
  if (rule === undefined) {
    const ids = DETECTIONS.map((one) => one.id).join(', ');
    throw new CommandError(`There is no rule ${printable(id)}; there are ${ids}.`);
  }
  if (!('sql' in rule || 'stateBytes' in rule)) {
    throw new CommandError(
      `${rule.id} looks at the pipeline as it is at the moment: there is no history to try it on.`,
    );
  }
  const { from, to, tenant, wanted, setting } = options;
  if (to <= from) throw new CommandError('--to must be after --from.');
  if ((wanted === undefined) !== (setting === undefined)) {
    throw new CommandError('--wanted and --setting belong together.');
  }
  const settings = cliSettings();
  const { policy } = await heldPolicy(settings, options.data, options.file);
  const changes = Object.fromEntries((options.set ?? []).map(assignment));
  const now = withSettings(policy, id, {});
  const tried: Tried =
    options.set === undefined ? { now } : { now, set: withSettings(policy, id, changes) };
  for (const one of Object.values(tried)) check(one);
  const bounds = setting === undefined ? undefined : boundsOf(rule.settings, setting);

  const connections = await connect(settings, options.data);
  try {
    const base = {
      clickhouse: connections.clickhouse,
      rule,
      fromMs: from,
      toMs: to,
      tenant,
      latenessMs: settings.KEYWATCH_DETECT_LATENESS_MINUTES * 60_000,
      signal: untilInterrupted().signal,
      onProgress: tell,
    };
    const variants = await backtest(base, tried);
    const suggestion =
      bounds === undefined || setting === undefined || wanted === undefined
        ? undefined
        : await suggested(bounds, wanted, async (values) => {
            const each = values.map((value) => {
              const one = withSettings(policy, id, { ...changes, [setting]: value });
              return [String(value), one] as const;
            });
            const usable = each.filter(
              ([, one]) => resolvePolicy([rule], onlyOf(one, id)).problems.length === 0,
            );
            const results = await backtest(base, Object.fromEntries(usable));
            return values.map(
              (value) => results.find(({ name }) => name === String(value))?.perWeek ?? Infinity,
            );
          });
    const notes =
      'stateBytes' in rule
        ? []
        : ['A sweep looks into the tables as they are now: keys changed since may be missing.'];
    if (options.format === 'json') {
      say(
        JSON.stringify({
          rule: id,
          from: iso(from),
          to: iso(to),
          variants,
          suggestion: suggestion ?? null,
          notes,
        }),
      );
    } else {
      const defaults = rule.settings.parse({});
      say(backtestText({ variants, defaults, setting, wanted, suggestion, notes }));
    }
  } finally {
    await connections.close();
  }
}

/** `name=value`, the value as JSON, else as text. */
function assignment(text: string): readonly [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new CommandError(`--set ${text} must be name=value.`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value) as unknown];
  } catch {
    return [text.slice(0, at), value];
  }
}

function onlyOf(policy: DetectionPolicy, id: string): DetectionPolicy {
  return { ...policy, rules: { [id]: policy.rules[id] ?? {} }, tenants: {} };
}

function check(policy: DetectionPolicy): void {
  const { problems } = resolvePolicy(DETECTIONS, policy);
  if (problems.length === 0) return;
  const lines = problems.map(({ path, message }) => `  - ${path.join('.')}: ${message}`);
  throw new CommandError(`These settings are not right:\n${[...new Set(lines)].join('\n')}`);
}

const iso = (ms: number): string => new Date(ms).toISOString();
