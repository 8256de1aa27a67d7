import type { Log } from './log.js';
import { UNREADY_ANSWERS, UnreadyBroker } from './unready-broker.js';

interface KafkajsEntry {
  readonly level: number;
  readonly namespace: string;
  readonly log: { readonly message: string; readonly [key: string]: unknown };
}

/** kafkajs' levels: ERROR 1, WARN 2, INFO 4, DEBUG 5. */
const LEVELS: Readonly<Record<number, 'error' | 'warn' | 'debug'>> = {
  1: 'error',
  2: 'warn',
  4: 'debug',
  5: 'debug',
};

/**
 * `logCreator` for kafkajs: its lines in our log; its chatter about joins and leaves as debug. A broker that starts answers that
 * it is not ready, which kafkajs calls errors: debug, and one warning where it lasts.
 */
export function kafkajsLogCreator(log: Log): () => (entry: KafkajsEntry) => void {
  return () => {
    const broker = new UnreadyBroker();
    // kafkajs says on two lines that a consumer ended and that it starts again; only the first has the reason.
    let restartsUnready = false;
    return ({ level, namespace, log: { message, ...facts } }) => {
      const method = LEVELS[level];
      if (method === undefined) return;
      const { stack: _stack, logger: _logger, timestamp, ...shown } = facts;
      const answer = unreadyAnswer(message, facts['error']);
      const restarts = message.startsWith('Restarting the consumer');
      if (message.startsWith('Crash:')) restartsUnready = answer !== undefined;
      const unready = answer !== undefined || (restarts && restartsUnready);
      log[unready ? 'debug' : method]({ kafkajs: namespace, ...shown }, message);
      if (answer === undefined || method === 'debug') return;
      const seconds = broker.tellOf(timeOf(timestamp));
      if (seconds !== undefined) {
        log.warn(
          { kafkajs: namespace, answer, seconds },
          'The broker has not been ready for a while; it is asked until it is',
        );
      }
    };
  };
}

/** A line is about such an answer where its error is one, or its message ends with one. */
function unreadyAnswer(message: string, error: unknown): string | undefined {
  return UNREADY_ANSWERS.find((answer) => error === answer || message.endsWith(answer));
}

const timeOf = (timestamp: unknown): number => {
  const ms = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(ms) ? Date.now() : ms;
};
