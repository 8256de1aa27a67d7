import { InvalidArgumentError } from 'commander';
import type { DeadLetterFilter, DeadLetterId } from '@keywatch/clickhouse';
import { topicNamed } from '../direct/topic-named.js';

/** Options that choose dead letters. */
export interface Selection {
  readonly topic?: string;
  readonly reason?: string;
  readonly since?: number;
  readonly until?: number;
}

/** For commander: `topic/partition/offset`, several times. */
export function letterIds(text: string, before: readonly DeadLetterId[] = []): DeadLetterId[] {
  const match = /^([^/]+)\/(\d{1,9})\/(\d{1,15})$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError('An id is topic/partition/offset, as the list shows it.');
  }
  const [, topic = '', partition, offset] = match;
  return [
    ...before,
    { topic: topicNamed(topic), partition: Number(partition), offset: Number(offset) },
  ];
}

export function filterOf(
  { topic, reason, since, until }: Selection,
  ids: readonly DeadLetterId[] = [],
): DeadLetterFilter {
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(reason === undefined ? {} : { reason }),
    ...(since === undefined ? {} : { fromMs: since }),
    ...(until === undefined ? {} : { toMs: until }),
    ...(ids.length === 0 ? {} : { ids }),
  };
}
