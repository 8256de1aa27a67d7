import type { ChangelogLog } from '@keywatch/kafka';
import { SETTINGS_KEY, type SettingsChange } from '../fold/settings-timeline.js';

/**
 * The settings that held in a partition, by the offset from which they did; undefined: detection has recorded none.
 * The whole changelog partition is read, no state of it is kept.
 */
export async function recordedSettings(
  log: Pick<ChangelogLog, 'read'>,
  partition: number,
): Promise<readonly SettingsChange[] | undefined> {
  let found: { readonly value: string; readonly asOf: number } | undefined;
  await log.read({
    partition,
    onRecords: (records) => {
      for (const { key, value, asOf } of records) {
        if (key === SETTINGS_KEY && value !== null && asOf >= (found?.asOf ?? 0)) {
          found = { value, asOf };
        }
      }
    },
  });
  return found === undefined ? undefined : (JSON.parse(found.value) as SettingsChange[]);
}
