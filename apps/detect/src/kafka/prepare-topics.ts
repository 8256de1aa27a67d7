import { TOPICS } from '@keywatch/events';
import { ConfigResourceTypes, ensureTopics, type Admin } from '@keywatch/kafka';

export interface DetectTopics {
  readonly source: string;
  readonly state: string;
  readonly alerts: string;
}

export const DETECT_TOPICS: DetectTopics = {
  source: TOPICS.keyEvents.name,
  state: TOPICS.detectionState.name,
  alerts: TOPICS.alertEvents.name,
};

/**
 * Creates the topics that are missing and checks what detection leans on: Kafka's arrival time on the source, and as
 * many partitions of state as of the source.
 * @returns the number of partitions of the source.
 * @throws Error that names every problem and its cure.
 */
export async function prepareTopics(admin: Admin, replicationFactor: number): Promise<number> {
  const { source, state } = DETECT_TOPICS;
  await ensureTopics(admin, [TOPICS.keyEvents, TOPICS.alertEvents], { replicationFactor });
  const [partitions = 0] = await partitionCounts(admin, [source]);
  await ensureTopics(admin, [{ ...TOPICS.detectionState, partitions }], { replicationFactor });
  const problems: string[] = [];
  const [ofState = 0] = await partitionCounts(admin, [state]);
  if (ofState !== partitions) {
    problems.push(
      `${source} has ${partitions} partitions and ${state} has ${ofState}; they must be equal. Changing the number is a move to a new topic: delete ${state} and the group keywatch-detect, and detection builds its state anew from the log.`,
    );
  }
  const timestampType = await topicSetting(admin, source, 'message.timestamp.type');
  if (timestampType !== 'LogAppendTime') {
    problems.push(
      `${source} has message.timestamp.type=${timestampType}; detection needs arrival times. Set it: kafka-configs.sh --alter --entity-type topics --entity-name ${source} --add-config message.timestamp.type=LogAppendTime`,
    );
  }
  const cleanup = await topicSetting(admin, state, 'cleanup.policy');
  if (cleanup !== 'compact') {
    problems.push(
      `${state} has cleanup.policy=${cleanup}; with anything but compact the state of quiet keys is lost. Set it: kafka-configs.sh --alter --entity-type topics --entity-name ${state} --add-config cleanup.policy=compact`,
    );
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return partitions;
}

async function partitionCounts(admin: Admin, topics: string[]): Promise<number[]> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics });
  return topics.map((topic) => found.find(({ name }) => name === topic)?.partitions.length ?? 0);
}

async function topicSetting(admin: Admin, topic: string, name: string): Promise<string> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }],
  });
  const entry = resources[0]?.configEntries.find(({ configName }) => configName === name);
  return entry?.configValue ?? 'unknown';
}
