import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { KafkaJSProtocolError } from './kafkajs.js';

export interface CreateTopicsOptions {
  /** How long a new topic may be without leaders; 30 s unless told. */
  readonly readyMs?: number;
}

const READY_MS = 30_000;
const LOOK_MS = 50;

/** Brokers hear of a new topic one after the other; until then they don't know it, or not its leaders. */
const NOT_YET: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
]);

/**
 * Creates topics and returns when every partition has a leader, whoever created it. The wait of kafkajs itself fails
 * where the broker asked has not heard of the topic yet, and is left out where the topic was there.
 * @returns whether any was created; false: all were there
 * @throws Error that names the topics without leaders after `readyMs`; whatever else the cluster refuses
 */
export async function createTopics(
  admin: Admin,
  topics: readonly ITopicConfig[],
  { readyMs = READY_MS }: CreateTopicsOptions = {},
): Promise<boolean> {
  const created = await admin.createTopics({ waitForLeaders: false, topics: [...topics] });
  const names = topics.map(({ topic }) => topic);
  const until = performance.now() + readyMs;
  while (!(await haveLeaders(admin, names))) {
    if (performance.now() > until) {
      throw new Error(`No leader for ${names.join(', ')} within ${readyMs} ms of their creation`);
    }
    await sleep(LOOK_MS);
  }
  return created;
}

async function haveLeaders(admin: Admin, names: string[]): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.every(
      ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
    );
  } catch (error) {
    if (error instanceof KafkaJSProtocolError && NOT_YET.has(error.type)) return false;
    throw error;
  }
}
