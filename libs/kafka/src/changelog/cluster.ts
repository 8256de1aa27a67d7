import type { KafkaConfig, KafkaMessage } from 'kafkajs';
import { Kafka } from '../client/kafkajs.js';

/** A record as kafkajs decodes it: control records and the batch it came in included. */
export interface DecodedRecord extends Omit<KafkaMessage, 'size'> {
  readonly isControlRecord?: boolean;
  readonly batchContext?: { readonly firstOffset: string; readonly lastOffsetDelta: number };
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly DecodedRecord[];
}

interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

/** The part of kafkajs' connection to a cluster that a reader without a group needs. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<{
    fetch(request: FetchRequest): Promise<{
      responses: readonly { topicName: string; partitions: readonly FetchedPartition[] }[];
    }>;
  }>;
  fetchTopicsOffset(
    topics: readonly {
      topic: string;
      fromBeginning: boolean;
      partitions: readonly { partition: number }[];
    }[],
  ): Promise<readonly { topic: string; partitions: readonly { offset: string }[] }[]>;
}

type CreateCluster = (options: {
  metadataMaxAge: number;
  allowAutoTopicCreation: boolean;
  isolationLevel: number;
}) => Cluster;

export const READ_UNCOMMITTED = 0;

/**
 * A connection of kafkajs that belongs to no group. Its public consumers always join one, wait for the group's first
 * rebalance (3 s on a broker with default settings), leave a group behind, and can't tell that nothing follows where
 * compaction removed a log's last records.
 */
export function createCluster(config: KafkaConfig): Cluster {
  const kafka = new Kafka(config) as unknown as Record<symbol, unknown>;
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = symbol === undefined ? undefined : kafka[symbol];
  if (typeof create !== 'function') {
    throw new Error('kafkajs has no private:Kafka:createCluster; this reader fits version 2.2.4');
  }
  return (create as CreateCluster)({
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    isolationLevel: READ_UNCOMMITTED,
  });
}
