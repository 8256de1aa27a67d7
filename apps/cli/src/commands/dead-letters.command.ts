import type { Command } from 'commander';
import {
  deadLetterCounts,
  deadLetterName,
  deadLetters,
  recordDeadLetterActions,
  type DeadLetterFilter,
  type DeadLetterId,
  type StoredDeadLetter,
} from '@keywatch/clickhouse';
import { EventProducer, messagesAt, PartitionReader } from '@keywatch/kafka';
import { CommandError } from '../command-error.js';
import { replay } from '../dead-letters/replay.js';
import { MAX_REPLAYS } from '../dead-letters/replay-decision.js';
import { filterOf, letterIds, type Selection } from '../dead-letters/selection.js';
import { connect, type Connections } from '../direct/connections.js';
import { topicNamed } from '../direct/topic-named.js';
import { untilInterrupted } from '../interrupt.js';
import { count } from '../output/completeness.js';
import { say } from '../output/say.js';
import { printable, table } from '../output/table.js';
import { timeMs, wholeNumber } from '../parse.js';
import { cliSettings } from '../settings.js';

interface Common extends Selection {
  readonly data?: string;
  readonly json?: true;
}

const DATA = ['--data <dir>', 'data folder of the running stack'] as const;
const IDS = ['[id...]', 'topic/partition/offset, as the list shows it', letterIds] as const;

/** `keywatch dead-letters list|show|replay|discard`: messages that can't be events. */
export function registerDeadLetters(program: Command): void {
  const group = program
    .command('dead-letters')
    .description('messages that can not be events: list them, replay them, put them away');
  selecting(group.command('list'))
    .description('list those that nobody has done anything about, with counts by reason')
    .option('--all', 'also those that were replayed or discarded')
    .option('--limit <n>', 'rows at most', wholeNumber(1, 100_000), 100)
    .action((options: Common & { all?: true; limit: number }) => using(options, list));
  group
    .command('show')
    .description('one dead letter: what is wrong, what is stored of it, what was done')
    .argument('<id>', 'topic/partition/offset, as the list shows it', (text) => letterIds(text))
    .option('--json', 'print JSON')
    .option(...DATA)
    .action(([id]: DeadLetterId[], options: Common) =>
      using(options, (connections) => show(connections, id, options)),
    );
  selecting(group.command('replay'))
    .argument(...IDS)
    .description(
      `publish them again as they stand in the log, where this version can read them; at most ${MAX_REPLAYS} times each`,
    )
    .option('--all', 'all that are open')
    .option('--force', 'also those that will fail again, or did')
    .option('--dry-run', 'say what would be replayed')
    .option('--note <why>', 'why, for those who ask later', '')
    .action((ids: DeadLetterId[], options: Replaying) =>
      using(options, (connections) => replayCommand(connections, ids, options)),
    );
  selecting(group.command('discard'))
    .argument(...IDS)
    .description('put them away: they stay stored, and count as handled')
    .option('--all', 'all that are open')
    .requiredOption('--note <why>', 'why, for those who ask later')
    .action((ids: DeadLetterId[], options: Discarding) =>
      using(options, (connections) => discard(connections, ids, options)),
    );
}

function selecting(command: Command): Command {
  return command
    .option('--reason <reason>', 'only this reason')
    .option('--topic <topic>', 'only this topic', topicNamed)
    .option('--since <time>', 'arrived at this time or later', timeMs)
    .option('--until <time>', 'arrived before this time', timeMs)
    .option('--json', 'print JSON')
    .option(...DATA);
}

async function using<O extends Common>(
  options: O,
  act: (connections: Connections, options: O) => Promise<void>,
): Promise<void> {
  const connections = await connect(cliSettings(), options.data);
  try {
    await act(connections, options);
  } finally {
    await connections.close();
  }
}

async function list(
  { clickhouse }: Connections,
  { all, limit, json, ...selection }: Common & { all?: true; limit: number },
): Promise<void> {
  const filter = filterOf(selection);
  const counts = await deadLetterCounts(clickhouse, filter);
  const letters: StoredDeadLetter[] = [];
  for await (const letter of deadLetters(clickhouse, { ...filter, open: all !== true })) {
    letters.push(letter);
    if (letters.length >= limit) break;
  }
  if (json === true) {
    say(JSON.stringify({ letters: letters.map(shown), counts }));
    return;
  }
  if (letters.length > 0) {
    say(
      table(
        ['ID', 'ARRIVED (UTC)', 'REASON', 'ERROR', ...(all === true ? ['STATE'] : [])],
        letters.map((letter) => [
          deadLetterName(letter),
          timeText(letter.logTimeMs).slice(0, 19).replace('T', ' '),
          letter.reason,
          letter.error,
          ...(all === true ? [letter.state] : []),
        ]),
      ),
    );
    say('');
  }
  const of = (state: string): number =>
    counts.reduce((sum, entry) => sum + (entry.state === state ? entry.count : 0), 0);
  for (const { reason, topic, state, count: n } of counts)
    if (state === 'open') say(`${n.toLocaleString('en-US')} open: ${reason} on ${topic}`);
  const open = of('open');
  const more = all !== true && open > letters.length ? `, ${letters.length} shown` : '';
  say(
    `${count(open, 'dead letter')} open${more}; ${of('replayed')} replayed, ${of('discarded')} discarded.`,
  );
}

async function show(
  { clickhouse, kafka }: Connections,
  id: DeadLetterId | undefined,
  { json }: Common,
): Promise<void> {
  if (id === undefined) throw new CommandError('Which dead letter? Give its id.');
  const letters: StoredDeadLetter[] = [];
  for await (const letter of deadLetters(clickhouse, { ids: [id] })) letters.push(letter);
  if (letters.length === 0)
    throw new CommandError(`There is no dead letter ${deadLetterName(id)}.`);
  const reader = new PartitionReader(kafka);
  const found = await messagesAt(reader, id.topic, id.partition, [id.offset]).finally(() =>
    reader.close(),
  );
  const original = found.get(id.offset);
  for (const letter of letters) {
    const inLog = Number(original?.timestamp) === letter.logTimeMs;
    const headers = inLog ? Object.keys(original?.headers ?? {}) : [];
    if (json === true) say(JSON.stringify({ ...shown(letter), inLog, headers }));
    else for (const line of linesOf(letter, inLog, headers)) say(line);
  }
}

function linesOf(letter: StoredDeadLetter, inLog: boolean, headers: readonly string[]): string[] {
  const handled =
    letter.state === 'open'
      ? 'open'
      : `${letter.state} at ${timeText(letter.handledAtMs)}${letter.note === '' ? '' : `: ${printable(letter.note)}`}`;
  return [
    `${deadLetterName(letter)}  arrived ${timeText(letter.logTimeMs)}`,
    `reason   ${letter.reason}: ${printable(letter.error)}`,
    `key      ${printable(letter.messageKey)}`,
    `state    ${handled}`,
    `in log   ${inLog ? `yes${headers.length > 0 ? `, headers ${printable(headers.join(', '))}` : ''}` : 'no: it can not be replayed'}`,
    `payload  ${count(letter.payloadBytes, 'byte')}; its start, redacted:`,
    printable(letter.payload),
  ];
}

interface Replaying extends Common {
  readonly all?: true;
  readonly force?: true;
  readonly dryRun?: true;
  readonly note: string;
}

async function replayCommand(
  { clickhouse, kafka }: Connections,
  ids: readonly DeadLetterId[],
  { all, force, dryRun, note, json, ...selection }: Replaying,
): Promise<void> {
  const filter = chosen(ids, selection, all === true);
  const reader = new PartitionReader(kafka);
  const producer = new EventProducer(kafka);
  const { signal } = untilInterrupted();
  const refusals = new Map<string, number>();
  let replayed = 0;
  try {
    if (dryRun !== true) await producer.connect();
    const send = (topic: string, messages: Parameters<EventProducer['send']>[1]) =>
      producer.send(topic, messages);
    const parts = { clickhouse, reader, send, now: Date.now };
    const options = { force: force === true, dryRun: dryRun === true, note, signal };
    // Read whole before the first is published: what fails again would be found again.
    const letters = await collected(deadLetters(clickhouse, { ...filter, open: true }, { signal }));
    for await (const { letter, refused } of replay(inOrder(letters), parts, options)) {
      if (refused === undefined) replayed += 1;
      else refusals.set(refused, (refusals.get(refused) ?? 0) + 1);
      if (json !== true && ids.length > 0)
        say(
          `${deadLetterName(letter)}: ${refused === undefined ? 'replayed' : `left: ${refused}`}`,
        );
    }
  } finally {
    await Promise.all([reader.close(), producer.close()]);
  }
  if (json === true) {
    say(JSON.stringify({ dryRun: dryRun === true, replayed, left: Object.fromEntries(refusals) }));
  } else {
    if (ids.length === 0)
      for (const [why, n] of refusals) say(`${n.toLocaleString('en-US')} left: ${why}`);
    say(`${count(replayed, 'dead letter')} ${dryRun === true ? 'would be ' : ''}replayed.`);
  }
  if (refusals.size > 0) process.exitCode = 1;
}

interface Discarding extends Common {
  readonly all?: true;
  readonly note: string;
}

/** Letters whose discarding is recorded in one insert. */
const AT_ONCE = 5_000;

async function discard(
  { clickhouse }: Connections,
  ids: readonly DeadLetterId[],
  { all, note, json, ...selection }: Discarding,
): Promise<void> {
  const filter = chosen(ids, selection, all === true);
  const letters = await collected(deadLetters(clickhouse, { ...filter, open: true }));
  for (let at = 0; at < letters.length; at += AT_ONCE) {
    const actions = letters.slice(at, at + AT_ONCE).map((letter) => ({
      letter,
      action: 'discarded' as const,
      note,
      replays: 0,
    }));
    await recordDeadLetterActions(clickhouse, actions, Date.now());
  }
  say(
    json === true
      ? JSON.stringify({ discarded: letters.length })
      : `${count(letters.length, 'dead letter')} discarded.`,
  );
}

/** @throws CommandError where nothing says which are meant */
function chosen(
  ids: readonly DeadLetterId[],
  selection: Selection,
  all: boolean,
): DeadLetterFilter {
  const filter = filterOf(selection, ids);
  if (Object.keys(filter).length > 0 || all) return filter;
  throw new CommandError(
    'Which ones? Give ids, or --reason, --topic, --since, --until; --all means every open one.',
  );
}

async function collected<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

async function* inOrder<T>(values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

const timeText = (ms: number): string => new Date(ms).toISOString();

function shown({ logTimeMs, handledAtMs, ...letter }: StoredDeadLetter): object {
  return {
    id: deadLetterName(letter),
    ...letter,
    arrivedAt: timeText(logTimeMs),
    handledAt: letter.state === 'open' ? null : timeText(handledAtMs),
  };
}
