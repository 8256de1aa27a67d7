import { rows, type VerifyContext } from './context.js';
import { STORED_ROWS } from './ranges.check.js';

/** Whether retention can't have removed raw rows yet: then sums must be equal, else raw is a lower bound. */
export async function rawIsWhole(
  context: VerifyContext,
): Promise<{ keyEvents: boolean; alertEvents: boolean }> {
  const whole = async (table: 'key_events' | 'alert_events', topic: string): Promise<boolean> => {
    const days = STORED_ROWS.find((stored) => stored.table === table)?.days ?? 0;
    const [oldest] = await rows<{ whole: boolean | number }>(
      context,
      `SELECT countIf(first_log_time < now() - INTERVAL ${days - 1} DAY) = 0 AS whole
      FROM {{database}}.ranges WHERE kind = 'written' AND topic = {topic:String}`,
      { topic },
    );
    return Boolean(oldest?.whole);
  };
  return {
    keyEvents: await whole('key_events', context.topics.keyEvents),
    alertEvents: await whole('alert_events', context.topics.alertEvents),
  };
}
