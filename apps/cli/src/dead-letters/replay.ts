import {
  deadLetterName,
  recordDeadLetterActions,
  type ClickHouse,
  type StoredDeadLetter,
} from '@keywatch/clickhouse';
import { messagesAt, type Message, type PartitionReader } from '@keywatch/kafka';
import { CommandError } from '../command-error.js';
import { replayDecision, REPLAY_HEADERS } from './replay-decision.js';

/** Letters that are published and recorded together. */
const BATCH = 500;

export interface ReplayParts {
  readonly clickhouse: ClickHouse;
  readonly reader: Pick<PartitionReader, 'read' | 'offset'>;
  readonly send: (topic: string, messages: readonly Message[]) => Promise<unknown>;
  readonly now: () => number;
}

export interface ReplayOptions {
  readonly force: boolean;
  /** Decide only. */
  readonly dryRun: boolean;
  readonly note: string;
  readonly signal?: AbortSignal;
}

export interface Replayed {
  readonly letter: StoredDeadLetter;
  /** undefined: it was replayed, or would be. */
  readonly refused: string | undefined;
}

/**
 * Publishes dead letters again, as they stand in the log, and records it.
 * @throws CommandError where they were published but that couldn't be recorded: they still count as open
 */
export async function* replay(
  letters: AsyncIterable<StoredDeadLetter>,
  parts: ReplayParts,
  options: ReplayOptions,
): AsyncGenerator<Replayed> {
  for await (const batch of batches(letters)) {
    options.signal?.throwIfAborted();
    yield* await replayBatch(batch, parts, options);
  }
}

async function replayBatch(
  letters: readonly StoredDeadLetter[],
  { clickhouse, reader, send, now }: ReplayParts,
  { force, dryRun, note }: ReplayOptions,
): Promise<Replayed[]> {
  const [first] = letters;
  if (first === undefined) return [];
  const { topic, partition } = first;
  const originals = await messagesAt(
    reader,
    topic,
    partition,
    letters.map(({ offset }) => offset),
  );
  const messages: Message[] = [];
  const done: { letter: StoredDeadLetter; replays: number }[] = [];
  const outcomes = letters.map((letter): Replayed => {
    const original = originals.get(letter.offset);
    const decision = replayDecision(letter, original, force);
    if (!decision.replay || original === undefined) {
      return { letter, refused: decision.replay ? 'it is not there' : decision.why };
    }
    messages.push({
      key: original.key,
      value: original.value,
      headers: {
        ...original.headers,
        [REPLAY_HEADERS.from]: deadLetterName(letter),
        [REPLAY_HEADERS.reason]: letter.reason,
        [REPLAY_HEADERS.count]: String(decision.replays),
      },
    });
    done.push({ letter, replays: decision.replays });
    return { letter, refused: undefined };
  });
  if (dryRun || messages.length === 0) return outcomes;
  await send(topic, messages);
  const actions = done.map(({ letter, replays }) => ({
    letter,
    action: 'replayed' as const,
    note,
    replays,
  }));
  await recordDeadLetterActions(clickhouse, actions, now()).catch((error: unknown) => {
    throw new CommandError(
      `${messages.length} messages were published again, but that could not be recorded: ${(error as Error).message}. They still count as open; a second replay of an event is recognised as a duplicate.`,
    );
  });
  return outcomes;
}

/** Letters in batches of one partition each. */
async function* batches(
  letters: AsyncIterable<StoredDeadLetter>,
): AsyncGenerator<StoredDeadLetter[]> {
  let batch: StoredDeadLetter[] = [];
  for await (const letter of letters) {
    const [first] = batch;
    const same = first?.topic === letter.topic && first.partition === letter.partition;
    if (batch.length >= BATCH || (first !== undefined && !same)) {
      yield batch;
      batch = [];
    }
    batch.push(letter);
  }
  if (batch.length > 0) yield batch;
}
