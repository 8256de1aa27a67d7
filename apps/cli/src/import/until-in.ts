import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient, PipelineCompleteness } from '../api/api-client.js';
import { CommandError } from '../command-error.js';

const POLL_MS = 250;
const SAY_MS = 2000;

/**
 * Waits until everything that is in the log now is stored, folded by detection, and its alerts are stored.
 * @throws CommandError where messages are missing, which no waiting mends.
 */
export async function untilIn(
  api: Pick<ApiClient, 'completeness'>,
  signal: AbortSignal,
  onWaiting: (line: string) => void,
  pollMs = POLL_MS,
): Promise<PipelineCompleteness> {
  // An answer may be a second old: one that was asked for before we began proves nothing.
  let settled = 0;
  let said = performance.now();
  for (;;) {
    const now = await api.completeness();
    if (now.keyEvents.state === 'gaps')
      throw new CommandError(`Messages are missing: ${now.keyEvents.reason ?? ''}`, 1);
    settled = isIn(now) ? settled + 1 : 0;
    if (settled * pollMs > 1000) return now;
    if (performance.now() - said > SAY_MS) {
      said = performance.now();
      onWaiting(waitingFor(now));
    }
    await delay(pollMs, undefined, { signal });
  }
}

function isIn({ keyEvents, alertEvents, detection }: PipelineCompleteness): boolean {
  return keyEvents.state === 'complete' && detection.lag === 0 && alertEvents.state === 'complete';
}

function waitingFor({ keyEvents, alertEvents, detection }: PipelineCompleteness): string {
  const n = (value: number | null): string =>
    value === null ? 'an unknown number' : value.toLocaleString('en-US');
  return `Waiting: ${n(keyEvents.lag.messages)} events to store, ${n(detection.lag)} to look at, ${n(alertEvents.lag.messages)} alerts to store`;
}
