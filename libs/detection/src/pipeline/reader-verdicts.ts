import { countInWords, sqlIn, sqlText } from '@keywatch/alerting';
import { offsetsInWords, readerProgress, type ReaderPartition } from '@keywatch/events';
import { momentInWords, OWN_TENANT, type Verdict } from './trouble.js';

/** How an app stands in a topic that it reads. */
export interface Reader {
  readonly app: string;
  readonly topic: string;
  readonly partitions: readonly (ReaderPartition & {
    /** Since when its position stands still, in ms since 1970; null: it has moved since the last look. */
    readonly stillSinceMs: number | null;
    /** What is wrong with the messages that wait; missing: nothing, or they were not looked at. */
    readonly fault?: string | undefined;
  })[];
}

export interface ReaderLimits {
  /** How long a message may wait, in ms. */
  readonly lagMs: number;
  /** Whether a trouble is open: then it ends when the wait is half as long, so that it doesn't come and go. */
  readonly isOpen: boolean;
}

export const readerSubject = ({ app, topic }: Pick<Reader, 'app' | 'topic'>): string =>
  `${app}/${topic}`;

/** What an app does with messages, for a sentence. */
const WORK: Readonly<Record<string, string>> = { detect: 'evaluated', ingest: 'stored' };

/** Whether messages wait too long for an app, and whether retention took some before it read them. */
export function readerVerdicts(
  reader: Reader,
  { lagMs, isOpen }: ReaderLimits,
  nowMs: number,
): Verdict[] {
  const { app, topic, partitions } = reader;
  const subject = readerSubject(reader);
  const limitMs = isOpen ? lagMs / 2 : lagMs;
  const late = partitions.filter(
    ({ waitingSinceMs }) => waitingSinceMs !== null && nowMs - waitingSinceMs > limitMs,
  );
  const lost = partitions.flatMap(({ partition, low, committed, waitingSinceMs }): Verdict[] =>
    committed === null || committed >= low
      ? []
      : [lostVerdict(reader, partition, committed, low, waitingSinceMs ?? nowMs)],
  );
  if (late.length === 0) return [{ subject, untilMs: nowMs }, ...lost];
  const { lagMessages, waitingSinceMs } = readerProgress(late, nowMs);
  const sinceMs = waitingSinceMs ?? nowMs;
  const still = late.filter(
    ({ stillSinceMs }) => stillSinceMs !== null && nowMs - stillSinceMs >= limitMs,
  );
  const faults = late.flatMap(({ partition, fault }) =>
    fault === undefined ? [] : [`partition ${partition}: ${fault}`],
  );
  const numbers = late.map(({ partition }) => partition);
  const trouble = {
    kind: 'reader-behind',
    severity: 'high',
    tenantId: OWN_TENANT,
    sinceMs,
    sentence:
      `${app} has not ${WORK[app] ?? 'read'} ${countInWords(lagMessages, 'message')} of ${topic} (${countInWords(late.length, 'partition')}), ` +
      `the oldest since ${momentInWords(sinceMs)} UTC${still.length === late.length ? '; its position stands still' : ''}` +
      `${faults.length === 0 ? '' : `; ${faults.join(', ')}`}.`,
    facts: {
      app,
      topic,
      messages: lagMessages,
      partitions: late.map(
        (at) =>
          `${at.partition}: offsets ${offsetsInWords(Math.max(at.low, at.committed ?? at.low), at.high)}, since ${new Date(at.waitingSinceMs ?? nowMs).toISOString()}`,
      ),
      standStill: still.map(({ partition }) => String(partition)),
      ...(faults.length === 0 ? {} : { faults }),
    },
    scope: {
      view: 'ranges',
      fromMs: sinceMs,
      where: [`topic = ${sqlText(topic)}`, sqlIn('partition', numbers)],
    },
  } as const;
  return [{ subject, trouble }, ...lost];
}

function lostVerdict(
  { app, topic }: Reader,
  partition: number,
  from: number,
  to: number,
  atMs: number,
): Verdict {
  return {
    subject: `${app}/${topic}/${partition}/lost`,
    untilMs: atMs,
    trouble: {
      kind: 'messages-missing',
      severity: 'high',
      tenantId: OWN_TENANT,
      sinceMs: atMs,
      window: `offsets ${from}-${to}`,
      sentence: `Retention removed ${countInWords(to - from, 'message')} of ${topic}, partition ${partition} (offsets ${offsetsInWords(from, to)}), before ${app} read them.`,
      facts: { app, topic, partition, fromOffset: from, toOffset: to, messages: to - from },
      scope: {
        view: 'ranges',
        where: [
          `topic = ${sqlText(topic)}`,
          `partition = ${partition}`,
          `to_offset >= ${from}`,
          `from_offset <= ${to}`,
        ],
      },
    },
  };
}
