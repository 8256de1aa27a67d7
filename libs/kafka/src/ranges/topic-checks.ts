import type { Admin } from 'kafkajs';
import { ConfigResourceTypes } from '../client/kafkajs.js';
import { RangeFault } from './errors.js';

const TIMESTAMP_TYPE = 'message.timestamp.type';

/**
 * Arrival times must be the broker's: horizons and freshness lean on them, and a producer's clock may be years off.
 * @throws RangeFault that names every topic that is set otherwise, and the command that mends it
 */
export async function checkLogAppendTime(admin: Admin, topics: readonly string[]): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: [TIMESTAMP_TYPE],
    })),
  });
  const wrong = resources
    .filter(({ configEntries }) =>
      configEntries.some(
        ({ configName, configValue }) =>
          configName === TIMESTAMP_TYPE && configValue !== 'LogAppendTime',
      ),
    )
    .map(({ resourceName }) => resourceName);
  if (wrong.length === 0) return;
  const mend = wrong.map(
    (topic) =>
      `  kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${TIMESTAMP_TYPE}=LogAppendTime`,
  );
  throw new RangeFault(
    `Messages of ${wrong.join(', ')} carry the producers' time instead of the arrival time. Set it, and start again:\n${mend.join('\n')}`,
  );
}
