import type { OutgoingMessage } from '@keywatch/events';
import type { ApiMetrics } from '../http/metrics.js';
import { comeAgain } from '../http/problem.js';
import { LogUnavailable, type EventLog, type WrittenTopic } from './event-log.js';

const RETRY_SECONDS = 5;

/**
 * Resolves when the log has acknowledged all of it.
 * @throws ProblemError 503 where that is not known
 */
export async function appended(
  log: EventLog,
  topic: WrittenTopic,
  messages: readonly OutgoingMessage[],
  metrics: ApiMetrics,
): Promise<void> {
  try {
    await log.append(topic, messages);
  } catch (error) {
    if (!(error instanceof LogUnavailable)) throw error;
    metrics.logUnavailable.inc();
    throw comeAgain(
      503,
      `${error.message}. Nothing counts as accepted: send all again with the same ids, what did arrive is recognised and dropped.`,
      RETRY_SECONDS,
    );
  }
}
