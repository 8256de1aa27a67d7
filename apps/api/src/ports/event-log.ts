import type { OutgoingMessage } from '@keywatch/events';

/** Topics that the API writes to. */
export type WrittenTopic = 'keyEvents' | 'alertEvents';

/** The log can't take messages now; the asker should come again. What was sent may still have arrived. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
}

/** Where key events go, and what people do about alerts. A port: Kafka in the process, a list in specs. */
export abstract class EventLog {
  /**
   * Resolves when every message is kept by all replicas in sync, after a bounded time at the latest.
   * @throws LogUnavailable where that is not known
   */
  abstract append(topic: WrittenTopic, messages: readonly OutgoingMessage[]): Promise<void>;
}
