import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient, Completeness, PipelineCompleteness } from '../api/api-client.js';
import { CommandError } from '../command-error.js';
import { reached, stored, targetsOf } from './targets.js';

const POLL_MS = 250;
const SAY_MS = 2000;
/** The API answers from memory for a second: only what was asked this long after a fact is sure to know of it. */
const FRESH_MS = 1000;

export interface WaitOptions {
  readonly pollMs?: number;
  readonly sayMs?: number;
  readonly freshMs?: number;
  /** Monotonic, in ms. */
  readonly now?: () => number;
}

type Api = Pick<ApiClient, 'completeness'>;

/**
 * Waits until everything that is in the log now is stored and folded by detection, and then until the alerts that came
 * of it are stored. Traffic that goes on meanwhile is not waited for.
 * @returns the last answer
 * @throws CommandError where messages are missing, which no waiting mends; the signal's reason
 */
export async function untilIn(
  api: Api,
  signal: AbortSignal,
  onWaiting: (line: string) => void,
  options: WaitOptions = {},
): Promise<PipelineCompleteness> {
  const answers = new Answers(api, signal, onWaiting, options);
  const before = await answers.fresh();
  const events = targetsOf(before.keyEvents) ?? new Map<number, number>();
  await answers.until(
    ({ keyEvents, detection }) =>
      stored(events, keyEvents) && reached(events, detection.partitions),
    before,
  );
  // Detection records a position after its alerts are in the log: from here on their end can be read.
  const after = await answers.fresh();
  const alerts = targetsOf(after.alertEvents) ?? new Map<number, number>();
  return answers.until(({ alertEvents }) => stored(alerts, alertEvents), after);
}

/** Asks again and again, says now and then what is waited for, and ends at what no waiting mends. */
class Answers {
  private saidAt: number;

  constructor(
    private readonly api: Api,
    private readonly signal: AbortSignal,
    private readonly onWaiting: (line: string) => void,
    private readonly options: WaitOptions,
  ) {
    this.saidAt = this.now();
  }

  /** One that knows of everything that has happened by now, and knows the ends of both logs. */
  async fresh(): Promise<PipelineCompleteness> {
    const { freshMs = FRESH_MS } = this.options;
    const from = this.now();
    for (;;) {
      const asked = this.now();
      const answer = await this.ask();
      const knows = [answer.keyEvents, answer.alertEvents].every(
        (topic) => targetsOf(topic) !== undefined,
      );
      if (asked - from > freshMs && knows) return answer;
      await this.pause(answer);
    }
  }

  async until(
    isIn: (answer: PipelineCompleteness) => boolean,
    first: PipelineCompleteness,
  ): Promise<PipelineCompleteness> {
    for (let answer = first; ; answer = await this.ask()) {
      if (isIn(answer)) return answer;
      await this.pause(answer);
    }
  }

  private async ask(): Promise<PipelineCompleteness> {
    const answer = await this.api.completeness(this.signal);
    mustBeWhole(answer.keyEvents);
    mustBeWhole(answer.alertEvents);
    return answer;
  }

  private async pause(answer: PipelineCompleteness): Promise<void> {
    const { pollMs = POLL_MS, sayMs = SAY_MS } = this.options;
    if (this.now() - this.saidAt > sayMs) {
      this.saidAt = this.now();
      this.onWaiting(waitingFor(answer));
    }
    await delay(pollMs, undefined, { signal: this.signal });
  }

  private now(): number {
    return (this.options.now ?? (() => performance.now()))();
  }
}

function mustBeWhole({ state, reason }: Completeness): void {
  if (state === 'gaps') throw new CommandError(`Messages are missing: ${reason ?? ''}`, 1);
}

function waitingFor({ keyEvents, alertEvents, detection }: PipelineCompleteness): string {
  const unknown = keyEvents.reason ?? alertEvents.reason ?? detection.reason;
  if (keyEvents.state === 'unknown' || alertEvents.state === 'unknown' || detection.lag === null) {
    return `Waiting: it can't be told how far it is: ${unknown ?? 'no reason given'}`;
  }
  const n = (value: number | null): string => (value ?? 0).toLocaleString('en-US');
  return `Waiting: ${n(keyEvents.lag.messages)} events to store, ${n(detection.lag)} to look at, ${n(alertEvents.lag.messages)} alerts to store`;
}
