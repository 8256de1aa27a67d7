import { InvalidArgumentError } from 'commander';
import { STORED_TOPICS } from './log-partitions.js';

/** For commander: a stored topic, with or without its prefix. */
export function topicNamed(text: string): string {
  const found = STORED_TOPICS.find((name) => name === text || name === `keywatch.${text}`);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`There are ${STORED_TOPICS.join(', ')}.`);
}
