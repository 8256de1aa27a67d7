import type { TopicDefinition } from '@keywatch/events';
import type { Admin } from 'kafkajs';
import { createTopics } from './create-topics.js';

/** Number of replicas of a new topic; a laptop's single broker holds one. */
export interface EnsureTopicsOptions {
  readonly replicationFactor?: number;
}

/** Creates the topics that are missing, with their settings. Existing ones stay as they are. Returns those created. */
export async function ensureTopics(
  admin: Admin,
  topics: readonly TopicDefinition[],
  options: EnsureTopicsOptions = {},
): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return [];
  await createTopics(
    admin,
    missing.map(({ name, partitions, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: options.replicationFactor ?? 1,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  );
  return missing.map(({ name }) => name);
}
