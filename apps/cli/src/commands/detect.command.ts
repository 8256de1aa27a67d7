import { InvalidArgumentError, type Command } from 'commander';
import { RULES, SWEEPS, type ReplayLine, type ReplayPart } from '@keywatch/detection';
import { encodeAlertEvent, TOPICS } from '@keywatch/events';
import { EventProducer, PartitionReader } from '@keywatch/kafka';
import { CommandError } from '../command-error.js';
import { connect } from '../direct/connections.js';
import { untilInterrupted } from '../interrupt.js';
import { say, tell } from '../output/say.js';
import { numberIn, timeMs } from '../parse.js';
import { planReplay, type ReplayPlan } from '../replay/plan.js';
import { compared, type Replayed } from '../replay/replay.js';
import { replayText, type ReplayFindings } from '../replay/findings-text.js';
import { runReplay } from '../replay/run-replay.js';
import { storedAmong, storedTellings } from '../replay/stored-tellings.js';
import { heldPolicy } from '../rules/settings-file.js';
import { cliSettings } from '../settings.js';

const DAY_MS = 86_400_000;
const PROGRESS_MS = 1_000;
/** More than any window of a rule by default; what a lifecycle event says holds longer. */
const WARM_UP_DAYS = 90;

interface Options {
  readonly from: number;
  readonly to?: number;
  readonly rules?: readonly string[];
  readonly warmUp: number;
  readonly tell?: true;
  readonly json?: true;
  readonly data?: string;
}

function ruleIds(text: string, before: readonly string[] = []): readonly string[] {
  const ids = text.split(',');
  for (const id of ids) {
    if (RULES.some((rule) => rule.id === id)) continue;
    throw new InvalidArgumentError(
      SWEEPS.some((sweep) => sweep.id === id)
        ? `${id} is a sweep, which looks into ClickHouse and not into the log: keywatch rules backtest ${id}`
        : `There are ${RULES.map((rule) => rule.id).join(', ')}.`,
    );
  }
  return [...before, ...ids];
}

/** `keywatch detect --from T`: a part of the log once more, beside the detection that runs. */
export function registerDetect(program: Command): void {
  program
    .command('detect')
    .description(
      'fold a part of the log once more, with the settings that held then, and say how its alerts differ from those stored; detection may run meanwhile',
    )
    .requiredOption('--from <time>', 'events that arrived at this time or later', timeMs)
    .option('--to <time>', 'and before this (default: now)', timeMs)
    .option('--rules <ids>', 'only alerts of these rules (comma between)', ruleIds)
    .option(
      '--warm-up <days>',
      'days of the log before that, which give rules their memory',
      numberIn(0, 36_500),
      WARM_UP_DAYS,
    )
    .option('--tell', 'tell the alerts that are not stored; the ids are the same at every try')
    .option('--json', 'print one JSON document')
    .option('--data <dir>', 'data folder of the running stack')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const now = Date.now();
  const { from: fromMs, to: toMs = now } = options;
  if (toMs <= fromMs) {
    throw new CommandError(
      options.to === undefined ? '--from is in the future.' : '--to must be after --from.',
    );
  }
  const settings = cliSettings();
  const { signal } = untilInterrupted();
  const connections = await connect(settings, options.data);
  const producer = new EventProducer(connections.kafka);
  const reader = new PartitionReader(connections.kafka);
  try {
    const { policy } = await heldPolicy(settings, options.data);
    const times = { fromMs, toMs, warmUpMs: options.warmUp * DAY_MS };
    const plan = await planReplay(connections.admin, reader, times);
    if (options.tell === true) await producer.connect();
    const { parts, hasStates } = plan;
    const { brokers, clickhouse } = connections;
    const { rules = [] } = options;
    const job = { brokers, fromMs, toMs, parts, hasStates, policy };
    const started = performance.now();
    const replayed = await compared(runReplay(job, signal), {
      store: {
        stored: () => storedTellings(clickhouse, { fromMs, toMs, rules }, signal),
        among: (ids) => storedAmong(clickhouse, ids, signal),
      },
      toMs,
      rules,
      circumstances: plan,
      tell:
        options.tell === true
          ? (alerts) => producer.send(TOPICS.alertEvents.name, alerts.map(encodeAlertEvent))
          : undefined,
      onLine: progress(parts),
      signal,
    });
    const findings: ReplayFindings = {
      ...replayed.differences,
      from: iso(fromMs),
      to: iso(toMs),
      memoryFrom: plan.memoryFromMs === undefined ? null : iso(plan.memoryFromMs),
      messages: replayed.messages,
      warmUp: replayed.warmUp,
      seconds: (performance.now() - started) / 1000,
      told: options.tell === true ? replayed.told : null,
      notes: notesOn(plan, replayed),
    };
    say(options.json === true ? JSON.stringify(findings) : replayText(findings));
    if (findings.rules.some((one) => one.onlyNow + one.onlyThen + one.otherEvidence > 0)) {
      process.exitCode = 1;
    }
  } finally {
    await Promise.all([producer.close(), reader.close(), connections.close()]);
  }
}

/** A line a second on how far it is. */
function progress(parts: readonly ReplayPart[]): (line: ReplayLine) => void {
  const total = Math.max(
    1,
    parts.reduce((sum, { from, to }) => sum + to - from, 0),
  );
  const left = new Map(parts.map(({ partition, from, to }) => [partition, to - from]));
  const started = performance.now();
  let saidAt = started;
  return (line) => {
    if (line.kind !== 'progress') return;
    left.set(line.partition, Math.max(0, line.to - line.position));
    const at = performance.now();
    if (at - saidAt < PROGRESS_MS) return;
    saidAt = at;
    const done = total - [...left.values()].reduce((sum, n) => sum + n, 0);
    const perSecond = done / ((at - started) / 1000);
    const seconds = perSecond > 0 ? Math.ceil((total - done) / perSecond) : undefined;
    const said = [
      `${Math.floor((100 * done) / total)} % of ${total.toLocaleString('en-US')} messages`,
    ];
    if (line.logTimeMs > 0) said.push(`at ${iso(line.logTimeMs)} in partition ${line.partition}`);
    if (seconds !== undefined) said.push(`about ${seconds} s left`);
    tell(said.join(', '));
  };
}

/** What can't be the same, and why. */
function notesOn(
  { memoryFromMs, shortened }: ReplayPlan,
  { unrecorded, differences: { rules } }: Replayed,
): string[] {
  const notes: string[] = [];
  if (memoryFromMs !== undefined) {
    const why = shortened ? 'retention has removed what was before' : 'as --warm-up says';
    notes.push(
      `Rules begin without what arrived before ${iso(memoryFromMs)} (${why}). Alerts that rest on it, such as uses of a key that was revoked before, can be missing or others.`,
    );
  }
  if (unrecorded.length > 0) {
    notes.push(
      `Detection has recorded no settings for partition ${unrecorded.join(', ')}: those of now were used there.`,
    );
  }
  if (rules.some(({ onlyThen }) => onlyThen > 0)) {
    notes.push('What is stored and was not found again stays as it is.');
  }
  return notes;
}

const iso = (ms: number): string => new Date(ms).toISOString();
