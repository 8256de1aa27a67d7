import type { OutgoingMessage } from '@keywatch/events';

/** The log can't take messages now; the asker should come again. What was sent may still have arrived. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
}

/** Where key events go. A port: Kafka in the process, a list in specs. */
export abstract class EventLog {
  /**
   * Resolves when every message is kept by all replicas in sync, after a bounded time at the latest.
   * @throws LogUnavailable where that is not known
   */
  abstract append(messages: readonly OutgoingMessage[]): Promise<void>;
}
