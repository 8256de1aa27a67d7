import { filedTime, LIVE_LANE, type KeyEvent } from '@keywatch/events';

/**
 * Whether rules may go by the time of an event. Live, an event without one of its own happened when it arrived. In an import
 * it arrived when somebody imported it, which says nothing.
 */
export function hasTime({ lane, timeMs }: KeyEvent, logTimeMs: number): boolean {
  return lane === LIVE_LANE || filedTime(timeMs, logTimeMs).flag === 'event';
}
