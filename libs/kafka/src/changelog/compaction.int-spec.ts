import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startKafka, type KafkaHandle } from '@keywatch/local-stack';
import type { Admin, KafkaConfig } from 'kafkajs';
import { ConfigResourceTypes, Kafka, logLevel } from '../client/kafkajs.js';
import { ensureTopics } from '../client/topics.js';
import { EventProducer } from '../producer/event-producer.js';
import { KafkaChangelogLog } from './changelog-log.js';
import { ChangelogPartition } from './changelog-partition.js';
import type { ChangelogRecord } from './changelog-record.js';
import { PartitionReader } from './partition-reader.js';
import { restoreState } from './restore.js';

const TOPIC = 'spec.state';
const codec = { serialize: (text: string) => text, deserialize: (text: string) => text };
const record = (
  key: string,
  asOf: number,
  value: string | null = `${key}@${asOf}`,
): ChangelogRecord => ({
  key,
  value,
  asOf,
  admitted: undefined,
});

describe('a changelog on a real broker', () => {
  let folder: string;
  let kafka: KafkaHandle;
  let admin: Admin;
  let producer: EventProducer;
  let reader: PartitionReader;
  let log: KafkaChangelogLog;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keywatch-changelog-'));
    kafka = await startKafka({ dataDir: folder, docker: 'never', log: () => undefined });
    const client: KafkaConfig = { brokers: [...kafka.brokers], logLevel: logLevel.NOTHING };
    admin = new Kafka(client).admin();
    producer = new EventProducer(client);
    reader = new PartitionReader(client);
    await Promise.all([admin.connect(), producer.connect()]);
    // The cleaner looks for work every 15 s otherwise.
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.BROKER,
          name: '1',
          configEntries: [{ name: 'log.cleaner.backoff.ms', value: '100' }],
        },
      ],
    });
    const config = {
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': '0',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '0',
      'segment.ms': '100',
    };
    await ensureTopics(admin, [{ name: TOPIC, partitions: 3, config }]);
    log = new KafkaChangelogLog(TOPIC, reader, producer);
  }, 180_000);
  afterAll(async () => {
    await Promise.all([admin.disconnect(), producer.close(), reader.close()]);
    await kafka.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('gives the offset of each write, partition by partition', async () => {
    expect(await log.append(1, [record('a', 0), record('b', 1)])).toBe(0);
    expect(await log.append(1, [record('a', 2)])).toBe(2);
    expect(await log.append(2, [record('c', 0)])).toBe(0);
    const states = await Promise.all([1, 2].map((partition) => restoreState(log, partition)));
    expect(states.map(({ entries }) => Object.fromEntries(entries))).toEqual([
      { a: 'a@2', b: 'b@1' },
      { c: 'c@0' },
    ]);
  });

  it('reads a part up to its end, however much follows', async () => {
    const offsets: number[] = [];
    const { end, records } = await log.read({
      partition: 1,
      from: 1,
      to: 2,
      onRecords: (read) => {
        offsets.push(...read.map(({ asOf }) => asOf));
      },
    });
    expect(offsets).toEqual([1]);
    expect({ end, records }).toEqual({ end: 2, records: 1 });
  });

  it('is restored whole after compaction left holes and emptied batches', async () => {
    for (let round = 0; round < 12; round += 1) {
      const records = Array.from({ length: 200 }, (_, i) =>
        record(`k${i}`, round * 200 + i, round === 11 && i % 2 === 0 ? null : undefined),
      );
      await log.append(0, records);
    }
    // A segment is closed by a later write only; compaction leaves the open one alone.
    for (let asOf = 3000; ; asOf += 1) {
      await log.append(0, [record('last', asOf)]);
      const { records } = await restoreState(log, 0);
      if (records < 400) break;
      await delay(100);
    }
    const state = await restoreState(log, 0);
    const odd = Array.from({ length: 100 }, (_, i) => `k${2 * i + 1}`);
    expect([...state.entries.keys()].filter((key) => key !== 'last').sort()).toEqual(odd.sort());
    for (const key of odd)
      expect(state.entries.get(key)).toBe(`${key}@${2200 + Number(key.slice(1))}`);
    const end = await reader.offset(TOPIC, 0, false);
    expect(state.end).toBe(end);
  }, 120_000);

  it('finds and puts right what an old owner wrote, with no group left behind', async () => {
    const restored = await restoreState(log, 2);
    const state = new ChangelogPartition(log, 2, codec, { position: 5, hotLimit: 10, restored });
    const steps = {
      isQuiet: () => true,
      quiet: () => Promise.resolve(),
      commit: () => Promise.resolve(),
    };
    state.put('c', 'new');
    expect(await state.checkpoint(steps)).toMatchObject({ outcome: 'committed', foreign: 0 });
    await log.append(2, [record('c', 1, 'old')]);
    state.position = 6;
    state.put('d', 'new');
    expect(await state.checkpoint(steps)).toMatchObject({ outcome: 'committed', foreign: 1 });
    expect(await state.checkpoint(steps)).toMatchObject({ outcome: 'committed', records: 1 });
    const again = await restoreState(log, 2);
    expect(Object.fromEntries(again.entries)).toEqual({ c: 'new', d: 'new' });
    expect(again.overwritten.size).toBe(0);
    expect((await admin.listGroups()).groups).toEqual([]);
  });

  it('restores 20,000 records over several fetches', async () => {
    const before = (await restoreState(log, 1)).entries.size;
    for (let at = 0; at < 20_000; at += 2000) {
      const records = Array.from({ length: 2000 }, (_, i) =>
        record(`many-${at + i}`, at + i, 'x'.repeat(300)),
      );
      await log.append(1, records);
    }
    let progress = 0;
    const state = await restoreState(log, 1, () => {
      progress += 1;
    });
    expect(state.entries.size).toBe(before + 20_000);
    expect(progress).toBeGreaterThan(1);
  }, 30_000);
});
