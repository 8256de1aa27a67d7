import { afterAll, describe, expect, it } from '@jest/globals';
import { type KafkaHandle, startKafka } from '@keywatch/local-stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { createTopics } from './client/create-topics.js';
import { Kafka, type KafkaClient, logLevel } from './client/kafkajs.js';

const dataDir = mkdtempSync(join(tmpdir(), 'keywatch-kept-'));
const TOPIC = 'kept';
const GROUP = 'reader';
let kafka: KafkaHandle | undefined;
afterAll(async () => {
  await kafka?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const start = async (): Promise<KafkaClient> => {
  kafka = await startKafka({ dataDir, docker: 'never', log: () => undefined });
  return clientOf(kafka);
};

const clientOf = ({ brokers }: KafkaHandle): KafkaClient =>
  new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });

async function produce(client: KafkaClient, values: string[]): Promise<void> {
  const producer = client.producer();
  await producer.connect();
  await producer.send({ topic: TOPIC, acks: -1, messages: values.map((value) => ({ value })) });
  await producer.disconnect();
}

/** A broker that has just started reads its groups' positions first, and kafkajs doesn't wait for that. */
async function positionsAreLoaded(admin: Admin): Promise<void> {
  for (const end = Date.now() + 30_000; ;) {
    try {
      await admin.fetchOffsets({ groupId: GROUP });
      return;
    } catch (error) {
      if (Date.now() > end || !String(error).includes('coordinator')) throw error;
    }
  }
}

/** The end of the topic's one partition, and the position of the group with its metadata. */
async function kept(client: KafkaClient): Promise<unknown> {
  const admin = client.admin();
  await admin.connect();
  try {
    await positionsAreLoaded(admin);
    const [end] = await admin.fetchTopicOffsets(TOPIC);
    const [group] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
    return { end: end?.offset, position: group?.partitions[0] };
  } finally {
    await admin.disconnect();
  }
}

describe('the local broker', () => {
  it('keeps what it acknowledged, messages and positions, over kill -9 and over a clean stop', async () => {
    const first = await start();
    const admin = first.admin();
    await admin.connect();
    await createTopics(admin, [{ topic: TOPIC, numPartitions: 1 }]);
    await produce(first, ['a', 'b', 'c']);
    await positionsAreLoaded(admin);
    await admin.setOffsets({
      groupId: GROUP,
      topic: TOPIC,
      partitions: [{ partition: 0, offset: '2' }],
    });
    await admin.disconnect();
    const before = await kept(first);
    expect(before).toMatchObject({ end: '3', position: { offset: '2' } });

    kafka?.kill('SIGKILL');
    await kafka?.exited;
    const second = await start();
    expect(await kept(second)).toEqual(before);
    await produce(second, ['d']);
    await kafka?.stop();

    expect(await kept(await start())).toMatchObject({ end: '4', position: { offset: '2' } });
  }, 120_000);

  it('makes no topic because somebody mistyped its name', async () => {
    const client = kafka === undefined ? await start() : clientOf(kafka);
    const producer = client.producer({ retry: { retries: 0 } });
    await producer.connect();
    await expect(producer.send({ topic: 'mistyped', messages: [{ value: 'x' }] })).rejects.toThrow(
      /does not host this topic-partition/,
    );
    await producer.disconnect();
  }, 60_000);

  it('hands out what Java packed, by any codec', async () => {
    const client = kafka === undefined ? await start() : clientOf(kafka);
    const admin = client.admin();
    await admin.connect();
    // The broker packs anew what comes in, with the codecs that Java producers have.
    const packings = ['gzip', 'snappy', 'lz4', 'zstd'];
    await createTopics(
      admin,
      packings.map((name) => ({
        topic: `packed-${name}`,
        numPartitions: 1,
        configEntries: [{ name: 'compression.type', value: name }],
      })),
    );
    const producer = client.producer();
    await producer.connect();
    const long = 'the same words again and '.repeat(10_000);
    for (const name of packings) {
      const messages = [{ value: name }, { value: long }];
      await producer.send({ topic: `packed-${name}`, acks: -1, messages });
    }
    await producer.disconnect();
    await admin.disconnect();

    const consumer = client.consumer({ groupId: 'unpacks' });
    await consumer.connect();
    await consumer.subscribe({
      topics: packings.map((name) => `packed-${name}`),
      fromBeginning: true,
    });
    const read = new Map<string, string[]>();
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: ({ topic, message }) => {
          read.set(topic, [...(read.get(topic) ?? []), message.value?.toString() ?? '']);
          if ([...read.values()].flat().length === packings.length * 2) resolve();
          return Promise.resolve();
        },
      });
    });
    await consumer.disconnect();
    for (const name of packings) expect(read.get(`packed-${name}`)).toEqual([name, long]);
  }, 60_000);
});
