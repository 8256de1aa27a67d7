import type { ReplayedAlert, ReplayedPart, ReplayLine, ReplayPart } from '@keywatch/detection';
import type { AlertEvent } from '@keywatch/events';
import { ChangelogPartition, type ChangelogLog, type PartitionReader } from '@keywatch/kafka';
import { EngineTimeline } from '../fold/engine-timeline.js';
import type { FoldEngine } from '../fold/fold-engine.js';
import { PartitionFold } from '../fold/partition-fold.js';
import type { EffectiveSettings, SettingsChange } from '../fold/settings-timeline.js';
import { recordedSettings } from './recorded-settings.js';

export interface ReplayOptions<R> {
  readonly topic: string;
  /** Log times in ms: only alerts of what arrived from `fromMs` on and before `toMs` are said. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Reads the log of events, */
  readonly source: Pick<PartitionReader, 'read' | 'offset'>;
  /** and that of states, of which the recorded settings alone are looked at; undefined: there is none. */
  readonly states: Pick<ChangelogLog, 'read'> | undefined;
  /** Hold where none are recorded. */
  readonly settings: EffectiveSettings;
  readonly createEngine: (settings: EffectiveSettings) => FoldEngine<R>;
  /** Records kept as objects; the others are kept as text. */
  readonly hotKeys: number;
  /** Resolves when the reader has room for more. */
  readonly say: (line: ReplayLine) => Promise<void>;
}

/** Messages between two looks at records that may have expired. */
const SLICE = 500;

/**
 * Folds a stretch of one partition from nothing, with detection's own fold and with the settings that held at each
 * offset. No state is read and none is written.
 * @throws Error where retention takes messages away before they are read
 */
export async function replayPart<R>(
  { partition, from, to }: ReplayPart,
  options: ReplayOptions<R>,
): Promise<void> {
  const { topic, fromMs, toMs, source, settings, createEngine, hotKeys, say } = options;
  const recorded =
    options.states === undefined ? undefined : await recordedSettings(options.states, partition);
  const changes = recorded ?? [{ from: 0, settings }];
  const state = new ChangelogPartition(NO_CHANGELOG, partition, createEngine(settings), {
    position: from,
    hotLimit: hotKeys,
    restored: nothing(),
  });
  const fold = new PartitionFold(state, new EngineTimeline(changes, createEngine));
  let next = from;
  let warmUp = 0;
  let messages = 0;

  await source.read({
    topic,
    partition,
    from,
    to,
    onRecords: async (records) => {
      const first = Number(records[0]?.offset ?? next);
      if (first > next) await refuseLoss(source, topic, partition, next);
      for (const [i, record] of records.entries()) {
        fold.fold(record);
        const logTimeMs = Number(record.timestamp);
        if (logTimeMs < fromMs) warmUp += 1;
        else if (logTimeMs < toMs) messages += 1;
        if (fold.outbox.size > 0) {
          const offset = Number(record.offset);
          await fold.outbox.flush(async (alerts) => {
            if (logTimeMs < fromMs || logTimeMs >= toMs) return;
            for (const alert of alerts) await say(line(partition, offset, alert, changes));
          });
        }
        if (i % SLICE === 0) fold.removeExpired();
      }
      next = Math.max(next, fold.state.position);
      // One more day, for clocks of brokers that differ.
      state.admissions.forgetBefore(fold.day - 1);
    },
    onProgress: async ({ position }) => {
      await say({ kind: 'progress', partition, position, to, logTimeMs: fold.lastLogTimeMs });
    },
  });
  const done: ReplayedPart = {
    kind: 'part',
    partition,
    recorded: recorded !== undefined,
    warmUp,
    messages,
    keys: state.records.size,
  };
  await say(done);
}

function line(
  partition: number,
  offset: number,
  alert: AlertEvent,
  changes: readonly SettingsChange[],
): ReplayedAlert {
  const then = changes.findLast(({ from }) => from <= offset) ?? changes[0];
  const ruleThen = then?.settings.rules[alert.alert.rule]?.version ?? null;
  return { kind: 'alert', partition, offset, alert, ruleThen };
}

/** Offsets may be left out for control records; those before the log's beginning are lost. */
async function refuseLoss(
  source: Pick<PartitionReader, 'offset'>,
  topic: string,
  partition: number,
  next: number,
): Promise<void> {
  const low = await source.offset(topic, partition, true);
  if (low <= next) return;
  throw new Error(
    `Retention removed offsets ${next} to ${low - 1} of partition ${partition} before they were read: begin later, or with a shorter warm-up`,
  );
}

const nothing = (): ConstructorParameters<typeof ChangelogPartition>[3]['restored'] => ({
  entries: new Map(),
  meta: new Map(),
  removed: new Map(),
  admitted: new Map(),
  overwritten: new Set(),
  asOf: -1,
  end: 0,
  records: 0,
  bytes: 0,
});

const refuse = (): Promise<never> =>
  Promise.reject(new Error('A replay neither reads nor writes state'));

/** A replay begins with nothing and leaves nothing. */
const NO_CHANGELOG: ChangelogLog = { read: refuse, append: refuse, end: refuse };
