import { describe, expect, it, jest } from '@jest/globals';
import type { Admin, ITopicMetadata } from 'kafkajs';
import { createTopics } from './create-topics.js';
import { KafkaJSProtocolError } from './kafkajs.js';

const TOPIC = { topic: 'orders', numPartitions: 1 };

const protocolError = (type: string): Error =>
  new KafkaJSProtocolError({ message: type, type, code: 0, retriable: true } as never);

const withLeader = (leader: number): { topics: ITopicMetadata[] } => ({
  topics: [
    {
      name: 'orders',
      partitions: [{ partitionErrorCode: 0, partitionId: 0, leader, replicas: [], isr: [] }],
    },
  ],
});

function adminOf(created: boolean, answers: (Error | { topics: ITopicMetadata[] })[]) {
  const fetchTopicMetadata = jest.fn(() => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  const admin = { createTopics: () => Promise.resolve(created), fetchTopicMetadata };
  return { admin: admin as unknown as Admin, asked: fetchTopicMetadata };
}

describe('createTopics', () => {
  it('waits until brokers know the topic and every partition has a leader', async () => {
    const { admin, asked } = adminOf(true, [
      protocolError('UNKNOWN_TOPIC_OR_PARTITION'),
      protocolError('LEADER_NOT_AVAILABLE'),
      withLeader(-1),
      withLeader(1),
    ]);
    await expect(createTopics(admin, [TOPIC])).resolves.toBe(true);
    expect(asked).toHaveBeenCalledTimes(4);
  });

  it('waits for leaders, too, where another process created the topic', async () => {
    const { admin, asked } = adminOf(false, [withLeader(-1), withLeader(1)]);
    await expect(createTopics(admin, [TOPIC])).resolves.toBe(false);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('says which topics have no leader when time is up', async () => {
    const { admin } = adminOf(true, [protocolError('LEADER_NOT_AVAILABLE')]);
    await expect(createTopics(admin, [TOPIC], { readyMs: 1 })).rejects.toThrow(
      'No leader for orders within 1 ms',
    );
  });

  it('passes on what waiting can not mend', async () => {
    const { admin } = adminOf(true, [protocolError('TOPIC_AUTHORIZATION_FAILED')]);
    await expect(createTopics(admin, [TOPIC])).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED');
  });
});
