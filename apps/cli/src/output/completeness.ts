import type { Completeness } from '../api/api-client.js';

/** One line under every table: up to when it is complete, and what was left out. */
export function completenessLine({
  state,
  completeUpTo,
  lag,
  reason,
  total,
}: Completeness): string {
  const upTo =
    completeUpTo === null ? '' : ` up to ${completeUpTo.slice(0, 19).replace('T', ' ')} UTC`;
  const counts =
    total === null
      ? ''
      : ` · ${count(total.deadLetters, 'dead letter')} · ${count(total.duplicates, 'duplicate')} dropped${total.conflicts > 0 ? ` · ${count(total.conflicts, 'conflict')}` : ''}`;
  switch (state) {
    case 'complete':
      return `Complete${upTo}${counts}`;
    case 'behind':
      return `BEHIND: complete${upTo === '' ? ' up to no time that can be named' : upTo}, ${count(lag.messages ?? 0, 'message')} still to come${counts}`;
    case 'gaps':
      return `GAPS: ${reason ?? 'messages are missing'}${counts}`;
    case 'unknown':
      return `UNKNOWN whether this is complete: ${reason ?? 'no reason given'}`;
  }
}

export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
}
