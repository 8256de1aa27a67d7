import type { Log } from './log.js';

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

/** `logCreator` for kafkajs: its lines in our log; its chatter about joins and leaves as debug. */
export function kafkajsLogCreator(log: Log): () => (entry: KafkajsEntry) => void {
  return () =>
    ({ level, namespace, log: { message, ...facts } }) => {
      const method = LEVELS[level];
      if (method === undefined) return;
      const { stack: _stack, logger: _logger, timestamp: _timestamp, ...shown } = facts;
      log[method]({ kafkajs: namespace, ...shown }, message);
    };
}
