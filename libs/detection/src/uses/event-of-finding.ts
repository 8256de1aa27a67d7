import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';

/** Address and agent of a use, as facts of an alert. None of an event that only shows what uses before it were. */
export function callerOf(event: KeyEvent): { address?: string; agent?: string } {
  if (event.type !== REQUEST_MADE) return {};
  return { address: event.data.sourceIp ?? '', agent: event.data.userAgent ?? '' };
}

/** The events an alert names: a use itself is its first and last; of any other event the first is not known. */
export function eventIdsOf({ type, id }: KeyEvent): { firstEventId?: string; lastEventId: string } {
  return type === REQUEST_MADE ? { firstEventId: id, lastEventId: id } : { lastEventId: id };
}
