import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient, PipelineCompleteness } from '../api/api-client.js';
import { CommandError } from '../command-error.js';

const POLL_MS = 250;
const SAY_MS = 2000;
/** The API keeps an answer for a second: one that was asked for before we began proves nothing. */
const KEPT_MS = 1000;

export interface WaitOptions {
  readonly pollMs?: number;
  readonly sayMs?: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

/**
 * Waits until everything that is in the log is stored, folded by detection, and its alerts are stored: so say answers
 * over more than a second.
 * @returns the last answer
 * @throws CommandError where messages are missing, which no waiting mends; the signal's reason
 */
export async function untilIn(
  api: Pick<ApiClient, 'completeness'>,
  signal: AbortSignal,
  onWaiting: (line: string) => void,
  { pollMs = POLL_MS, sayMs = SAY_MS, now = () => performance.now() }: WaitOptions = {},
): Promise<PipelineCompleteness> {
  let inSince: number | undefined;
  let said = now();
  for (;;) {
    const asked = now();
    const answer = await api.completeness(signal);
    for (const { state, reason } of [answer.keyEvents, answer.alertEvents]) {
      if (state === 'gaps') throw new CommandError(`Messages are missing: ${reason ?? ''}`, 1);
    }
    inSince = isIn(answer) ? (inSince ?? asked) : undefined;
    if (inSince !== undefined && asked - inSince > KEPT_MS) return answer;
    if (now() - said > sayMs) {
      said = now();
      onWaiting(waitingFor(answer));
    }
    await delay(pollMs, undefined, { signal });
  }
}

function isIn({ keyEvents, alertEvents, detection }: PipelineCompleteness): boolean {
  return keyEvents.state === 'complete' && detection.lag === 0 && alertEvents.state === 'complete';
}

function waitingFor({ keyEvents, alertEvents, detection }: PipelineCompleteness): string {
  const n = (value: number | null): string =>
    value === null ? 'an unknown number of' : value.toLocaleString('en-US');
  return `Waiting: ${n(keyEvents.lag.messages)} events to store, ${n(detection.lag)} to look at, ${n(alertEvents.lag.messages)} alerts to store`;
}
