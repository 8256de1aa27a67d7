import type { LogEnd } from '@keywatch/events';

/** How long the log is at the moment. */
export abstract class LogEnds {
  /** @throws Error that says why it can't be told, after a bounded time at the latest */
  abstract read(topic: string): Promise<LogEnd[]>;
  /**
   * Offset after the last that a consumer group has committed, by partition; partitions without one are left out.
   * @throws like read
   */
  abstract committed(group: string, topic: string): Promise<Map<number, number>>;
}
