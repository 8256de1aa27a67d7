import { describe, expect, it } from '@jest/globals';
import type { Admin } from '@keywatch/kafka';
import { prepareTopics } from './prepare-topics.js';

const SOURCE = 'keywatch.key-events';
const STATE = 'keywatch.detection-state';

interface FakeTopic {
  partitions: number;
  readonly config: Record<string, string>;
}

/** Brokers as far as topics go. */
function brokers(existing: Record<string, FakeTopic>) {
  const topics = new Map(Object.entries(existing));
  const replicas: number[] = [];
  const admin = {
    listTopics: () => Promise.resolve([...topics.keys()]),
    createTopics: ({
      topics: wanted,
    }: {
      topics: {
        topic: string;
        numPartitions: number;
        replicationFactor: number;
        configEntries: { name: string; value: string }[];
      }[];
    }) => {
      for (const { topic, numPartitions, replicationFactor, configEntries } of wanted) {
        const config = Object.fromEntries(configEntries.map(({ name, value }) => [name, value]));
        topics.set(topic, { partitions: numPartitions, config });
        replicas.push(replicationFactor);
      }
      return Promise.resolve(true);
    },
    fetchTopicMetadata: ({ topics: names }: { topics: string[] }) =>
      Promise.resolve({
        topics: names.map((name) => ({
          name,
          partitions: Array.from({ length: topics.get(name)?.partitions ?? 0 }, () => ({
            leader: 1,
          })),
        })),
      }),
    describeConfigs: ({ resources }: { resources: { name: string; configNames: string[] }[] }) =>
      Promise.resolve({
        resources: resources.map(({ name, configNames }) => ({
          configEntries: configNames.map((configName) => ({
            configName,
            configValue: topics.get(name)?.config[configName],
          })),
        })),
      }),
  } as unknown as Admin;
  return { admin, topics, replicas };
}

const source = (partitions: number, type = 'LogAppendTime'): FakeTopic => ({
  partitions,
  config: { 'message.timestamp.type': type },
});
const state = (partitions: number, policy = 'compact'): FakeTopic => ({
  partitions,
  config: { 'cleanup.policy': policy },
});

describe('prepareTopics', () => {
  it('creates what is missing, with the replicas asked for', async () => {
    const { admin, topics, replicas } = brokers({});
    expect(await prepareTopics(admin, 3)).toBe(4);
    expect([...topics.keys()].sort()).toEqual(['keywatch.alert-events', STATE, SOURCE]);
    expect(new Set(replicas)).toEqual(new Set([3]));
  });

  it('creates the topic of the state with the partitions of the source', async () => {
    const { admin, topics } = brokers({ [SOURCE]: source(12) });
    expect(await prepareTopics(admin, 1)).toBe(12);
    expect(topics.get(STATE)?.partitions).toBe(12);
  });

  it('names every problem and its cure at once', async () => {
    const { admin } = brokers({ [SOURCE]: source(8, 'CreateTime'), [STATE]: state(4, 'delete') });
    const failed = prepareTopics(admin, 1);
    await expect(failed).rejects.toThrow(`${SOURCE} has 8 partitions and ${STATE} has 4`);
    await expect(failed).rejects.toThrow('--add-config message.timestamp.type=LogAppendTime');
    await expect(failed).rejects.toThrow('--add-config cleanup.policy=compact');
  });
});
