import { describe, expect, it } from '@jest/globals';
import type { ReplayLine } from '@keywatch/detection';
import type { KafkaMessage, PartitionReader } from '@keywatch/kafka';
import { aJunkMessage, aLogMessage, MemoryChangelog, tinyEngine } from '@keywatch/testing';
import { SETTINGS_KEY, type EffectiveSettings } from '../fold/settings-timeline.js';
import { replayPart } from './replay-part.js';

const START = Date.UTC(2026, 2, 1);
const settings: EffectiveSettings = {
  rules: { tiny: { version: 2, settings: {} } },
  latenessMs: 0,
  unknownKeys: 100,
};

/** A log in memory that is read in fetches of two. */
function source(messages: readonly KafkaMessage[], low = 0) {
  const reader: Pick<PartitionReader, 'read' | 'offset'> = {
    offset: () => Promise.resolve(low),
    read: async ({ from = 0, to = Infinity, onRecords, onProgress }) => {
      const left = messages.filter(
        ({ offset }) => Number(offset) >= Math.max(from, low) && Number(offset) < to,
      );
      for (let at = 0; at < left.length; at += 2) {
        const part = left.slice(at, at + 2);
        await onRecords(part);
        await onProgress?.({ position: Number(part.at(-1)?.offset) + 1, end: to });
      }
      return { end: to, records: left.length, bytes: 0 };
    },
  };
  return reader;
}

const log = (count: number): KafkaMessage[] =>
  Array.from({ length: count }, (_, offset) => aLogMessage({ offset }));

async function replayed(
  messages: readonly KafkaMessage[],
  options: {
    from?: number;
    fromMs?: number;
    toMs?: number;
    low?: number;
    states?: MemoryChangelog;
  } = {},
): Promise<ReplayLine[]> {
  const { from = 0, fromMs = START, toMs = Infinity, low = 0, states } = options;
  const lines: ReplayLine[] = [];
  const part = { partition: 1, from, to: Number(messages.at(-1)?.offset) + 1 };
  await replayPart(part, {
    topic: 't',
    fromMs,
    toMs,
    source: source(messages, low),
    states,
    settings,
    createEngine: ({ latenessMs }) => tinyEngine({ every: 3 - latenessMs }),
    hotKeys: 2,
    say: (line) => {
      lines.push(line);
      return Promise.resolve();
    },
  });
  return lines;
}

const alertsIn = (lines: readonly ReplayLine[]) => lines.filter((line) => line.kind === 'alert');
const ids = (lines: readonly ReplayLine[]) => alertsIn(lines).map(({ alert }) => alert.id);
const end = (lines: readonly ReplayLine[]) => lines.find(({ kind }) => kind === 'part');

describe('the replay of a partition', () => {
  it('says the alerts of the time asked for, with the state of what came before it', async () => {
    const whole = await replayed(log(12));
    expect(ids(whole)).toHaveLength(4);
    expect(end(whole)).toEqual({
      kind: 'part',
      partition: 1,
      recorded: false,
      warmUp: 0,
      messages: 12,
      keys: 1,
    });
    const part = await replayed(log(12), { fromMs: START + 4000, toMs: START + 9000 });
    expect(alertsIn(part)).toEqual(alertsIn(whole).slice(1, 3));
    expect(end(part)).toMatchObject({ warmUp: 4, messages: 5 });
  });

  it('says where in the log each was completed, and how far it is', async () => {
    const lines = await replayed([aLogMessage({ offset: 0 }), aJunkMessage(1), ...log(5).slice(2)]);
    expect(alertsIn(lines).map(({ partition, offset }) => [partition, offset])).toEqual([[1, 3]]);
    expect(lines.find(({ kind }) => kind === 'progress')).toMatchObject({ position: 2, to: 5 });
  });

  it('gives each offset the settings that were recorded for it', async () => {
    const states = new MemoryChangelog();
    const record = { key: SETTINGS_KEY, admitted: undefined };
    const then = { ...settings, rules: { tiny: { version: 1, settings: {} } } };
    const changes = [
      { from: 0, settings: then },
      { from: 6, settings: { ...settings, latenessMs: 1 } },
    ];
    await states.append(1, [
      { ...record, value: JSON.stringify(changes), asOf: 6 },
      // A late write of an old owner.
      { ...record, value: JSON.stringify(changes.slice(0, 1)), asOf: 0 },
      { key: 'live/default/key_42', value: 'not looked at', asOf: 9, admitted: undefined },
    ]);
    const lines = await replayed(log(10), { states });
    expect(end(lines)).toMatchObject({ recorded: true });
    expect(alertsIn(lines).map(({ offset, ruleThen }) => [offset, ruleThen])).toEqual([
      [2, 1],
      [5, 1],
      [7, 2],
      [9, 2],
    ]);
    expect(states.records(1)).toHaveLength(3);
  });

  it('says that a rule was not there', async () => {
    const states = new MemoryChangelog();
    const changes = [{ from: 0, settings: { ...settings, rules: {} } }];
    await states.append(1, [
      { key: SETTINGS_KEY, value: JSON.stringify(changes), asOf: 0, admitted: undefined },
    ]);
    expect(alertsIn(await replayed(log(3), { states }))).toMatchObject([{ ruleThen: null }]);
  });

  it('fails where retention takes messages away before they are read', async () => {
    await expect(replayed(log(9), { from: 2, low: 5 })).rejects.toThrow(
      'Retention removed offsets 2 to 4 of partition 1 before they were read: begin later',
    );
  });

  it('takes gaps for what they are: control records', async () => {
    const gap = log(6).filter(({ offset }) => offset !== '2');
    expect(end(await replayed(gap))).toMatchObject({ messages: 5 });
  });
});
