import type { Completeness } from '../api/api-client.js';
import { printable } from './table.js';

/** One line under every table: up to when it is complete, and what was left out. */
export function completenessLine({
  state,
  completeUpTo,
  lag,
  reason,
  total,
  alerts,
}: Completeness): string {
  const upTo =
    completeUpTo === null ? '' : ` up to ${completeUpTo.slice(0, 19).replace('T', ' ')} UTC`;
  const counts =
    total === null
      ? ''
      : // Alerts rest on key events: what could not be read of those counts here too.
        ` · ${count(total.deadLetters + (alerts?.deadLetters ?? 0), 'dead letter')} · ${count(total.duplicates, 'duplicate')} dropped${total.conflicts > 0 ? ` · ${count(total.conflicts, 'conflict')}` : ''}`;
  const why = reason === null ? undefined : printable(reason);
  switch (state) {
    case 'complete':
      return `Complete${upTo}${counts}`;
    case 'behind':
      return `BEHIND: complete${upTo === '' ? ' up to no time that can be named' : upTo}, ${lag.messages === null ? 'messages' : count(lag.messages, 'message')} still to come${counts}`;
    case 'gaps':
      return `GAPS: ${why ?? 'messages are missing'}${counts}`;
    case 'unknown':
      return `UNKNOWN whether this is complete: ${why ?? 'no reason given'}`;
  }
}

/** A number with its noun: `1 event`, `2,000 events`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? noun : plural}`;
}
