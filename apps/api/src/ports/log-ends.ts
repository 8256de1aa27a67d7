import type { LogEnd, ReaderPartition } from '@keywatch/events';

/** How long the log is at the moment. */
export abstract class LogEnds {
  /** @throws Error that says why it can't be told, after a bounded time at the latest */
  abstract read(topic: string): Promise<LogEnd[]>;
  /**
   * How a consumer group stands in the topic, with the arrival of the oldest message that waits for it.
   * @throws like read
   */
  abstract reader(group: string, topic: string): Promise<ReaderPartition[]>;
}
