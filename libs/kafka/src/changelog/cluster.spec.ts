import { describe, expect, it } from '@jest/globals';
import { createCluster } from './cluster.js';

describe('createCluster', () => {
  it('finds in kafkajs what the reader without a group needs', () => {
    const cluster = createCluster({ brokers: ['127.0.0.1:1'], clientId: 'spec' });
    const needed = [
      'connect',
      'disconnect',
      'refreshMetadata',
      'addMultipleTargetTopics',
      'findLeaderForPartitions',
      'findBroker',
      'fetchTopicsOffset',
    ] as const;
    for (const name of needed) expect(typeof cluster[name]).toBe('function');
  });
});
