import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { encodeSilenceEvent } from '@keywatch/events';
import type { ReadOptions, ReadReport } from '@keywatch/kafka';
import { anAlert, aSilence } from '@keywatch/testing';
import { AlertLog } from './alert-log.js';
import { AskedByPeople } from './people.js';

const detected = Date.parse(anAlert().detectedAt);
const overKey = (keyId: string, letter: string): string =>
  encodeSilenceEvent({
    id: letter,
    source: 'api',
    kind: 'created',
    data: aSilence({ silenceId: letter.repeat(32), matchers: { keyId } }),
  }).value;

/** Partitions as lists of values, read as PartitionReader reads them; may be held or fail. */
class FakeReader {
  readonly reads: { partition: number; from: number }[] = [];
  readonly errors: Error[] = [];
  held: Promise<void> | undefined;
  closes = 0;

  constructor(readonly partitions: string[][]) {}

  async read({ partition, from = 0, onRecords, onProgress }: ReadOptions): Promise<ReadReport> {
    this.reads.push({ partition, from });
    const log = this.partitions[partition] ?? [];
    const end = log.length;
    await this.held;
    const error = this.errors.shift();
    if (error !== undefined) throw error;
    const records = log.slice(from, end).map((value, index) => ({
      key: null,
      value: Buffer.from(value),
      offset: String(from + index),
      timestamp: '0',
      attributes: 0,
      headers: {},
    }));
    await onRecords(records);
    await onProgress?.({ position: end, end });
    return { end, records: records.length, bytes: 0 };
  }

  close(): Promise<void> {
    this.closes += 1;
    return this.closes > 1 ? Promise.reject(new Error('never connected')) : Promise.resolve();
  }
}

function over(reader: FakeReader): { log: AlertLog; silenced: (keyId: string) => boolean } {
  const people = new AskedByPeople({ silences: 10, alerts: 10, afterEndMs: 0 });
  const clock = { now: () => detected };
  return {
    log: new AlertLog(reader, people, clock, reader.partitions.length),
    silenced: (keyId) => people.silencesOver(anAlert({ keyId }), detected).length > 0,
  };
}

describe('AlertLog', () => {
  it('knows the silences of every partition, and later those that were added', async () => {
    const reader = new FakeReader([[overKey('key_1', 'a')], [overKey('key_2', 'b')]]);
    const { log, silenced } = over(reader);
    await log.knownSince(performance.now());
    expect([silenced('key_1'), silenced('key_2'), silenced('key_3')]).toEqual([true, true, false]);
    reader.partitions[1]?.push(overKey('key_3', 'c'));
    expect(silenced('key_3')).toBe(false);
    await log.knownSince(performance.now());
    expect(silenced('key_3')).toBe(true);
    expect(reader.reads.slice(2)).toEqual([
      { partition: 0, from: 1 },
      { partition: 1, from: 1 },
    ]);
  });

  it('reads nothing when it knows enough, and shares one reading among those who wait', async () => {
    const reader = new FakeReader([[]]);
    const { log } = over(reader);
    const before = performance.now();
    await Promise.all([log.knownSince(before), log.knownSince(before)]);
    await log.knownSince(before);
    expect(reader.reads).toHaveLength(1);
  });

  it('reads once more for who asks while a reading is under way, which may have missed the latest', async () => {
    const reader = new FakeReader([[]]);
    const { log, silenced } = over(reader);
    let release: () => void = () => undefined;
    reader.held = new Promise((resolve) => (release = resolve));
    const first = log.knownSince(performance.now());
    await turn();
    reader.partitions[0]?.push(overKey('key_1', 'a'));
    const second = log.knownSince(performance.now());
    release();
    await first;
    await second;
    expect(silenced('key_1')).toBe(true);
    expect(reader.reads).toHaveLength(2);
  });

  it('says when it can not read, knows nothing by it, and goes on at the next asking', async () => {
    const reader = new FakeReader([[overKey('key_1', 'a')]]);
    reader.errors.push(new Error('no leader'));
    const { log, silenced } = over(reader);
    await expect(log.knownSince(0)).rejects.toThrow('no leader');
    expect(silenced('key_1')).toBe(false);
    await log.knownSince(0);
    expect(silenced('key_1')).toBe(true);
  });

  it('begins anew where the log was made anew', async () => {
    const reader = new FakeReader([['{}', '{}']]);
    const { log, silenced } = over(reader);
    await log.knownSince(0);
    reader.partitions[0] = [overKey('key_1', 'a')];
    await log.knownSince(performance.now());
    expect(silenced('key_1')).toBe(true);
  });

  it('ends a reading under way when it is closed, and begins none after', async () => {
    const reader = new FakeReader([[]]);
    const { log } = over(reader);
    let release: () => void = () => undefined;
    reader.held = new Promise((resolve) => (release = resolve));
    const known = log.knownSince(0);
    await turn();
    await log.close();
    release();
    await expect(known).rejects.toThrow('stopping');
    await expect(log.knownSince(performance.now())).rejects.toThrow('stopping');
    await log.close();
    expect(reader.reads).toHaveLength(1);
  });
});
