import type { AlertsCompleteness, Completeness } from '../api/api-client.js';
import { count } from './completeness.js';
import { printable } from './table.js';

/** Under a list of alerts: how far they have looked who find alerts. No line: the answer is about something else. */
export function alertsLines({ alerts }: Completeness): string[] {
  return alerts === undefined
    ? []
    : [detectionLine(alerts.detection), ...unseenLine(alerts), ...sweepLines(alerts)];
}

/** What can't be read can't raise an alert; that belongs under a list that may be short for it. */
function unseenLine({ deadLetters }: AlertsCompleteness): string[] {
  if (deadLetters === null || deadLetters === 0) return [];
  return [
    `No rule has seen ${count(deadLetters, 'message')} of key events that can not be read (keywatch dead-letters list)`,
  ];
}

function detectionLine(detection: AlertsCompleteness['detection']): string {
  const { state, completeUpTo, lag, waitingSince, reason } = detection;
  if (state === 'unknown' || completeUpTo === null || lag === null) {
    return `Detection: UNKNOWN how far it has looked: ${printable(reason ?? 'no reason given')}`;
  }
  const upTo = `up to ${moment(completeUpTo)} UTC`;
  if (state === 'gaps') return `Detection looked ${upTo}; GAPS: ${printable(reason ?? '')}`;
  return state === 'behind' && waitingSince !== null
    ? `Detection is BEHIND: it looked ${upTo}; ${count(lag, 'message')} wait, the oldest since ${moment(waitingSince)} UTC`
    : `Detection looked ${upTo}`;
}

function sweepLines({ sweeps: { lastRoundAt, sweeps, reason } }: AlertsCompleteness): string[] {
  if (lastRoundAt === null) {
    return [`Sweeps: UNKNOWN how far they have looked: ${printable(reason ?? 'no reason given')}`];
  }
  const failed = sweeps.filter(({ failure }) => failure !== null);
  const told = Map.groupBy(
    sweeps.filter(({ failure }) => failure === null),
    ({ asOf }) => asOf,
  );
  const parts = [...told]
    .toSorted(([one], [other]) => (one ?? '').localeCompare(other ?? ''))
    .map(([asOf, some]) => `${some.map(({ sweep }) => sweep).join(', ')} ${until(asOf)}`);
  return [
    `Sweeps (last round ${moment(lastRoundAt)} UTC): ${parts.length === 0 ? 'none finished' : parts.join('; ')}`,
    ...failed.map(
      ({ sweep, asOf, failure }) =>
        `Sweep ${sweep} FAILED in the last round, ${until(asOf)}: ${printable(failure ?? '')}`,
    ),
  ];
}

const until = (asOf: string | null): string =>
  asOf === null ? 'not known to have told everything' : `looked up to ${moment(asOf)} UTC`;

const moment = (time: string): string => time.slice(0, 19).replace('T', ' ');
