import { countInWords, dayInWords, listInWords } from '@keywatch/alerting';
import { LIVE_LANE } from '@keywatch/events';
import type { StaleKeyCaller, StaleKeyRow } from './stale-key.row.js';

const SHOWN_CALLERS = 3;
const SHOWN_CHARACTERS = 60;

/** How old the secret is, what to do, and who still calls with it. */
export function staleKeySentence(row: StaleKeyRow, callersDays: number): string {
  return `${age(row)} ${advice(row, callersDays)}`;
}

function age(row: StaleKeyRow): string {
  const old = `${row.at_least ? 'at least ' : ''}${countInWords(row.age_days, 'day')} old`;
  const plan = row.plan === '' ? 'the limit is' : `plan ${row.plan} allows`;
  const counted = row.at_least
    ? ` (neither its creation nor a rotation was seen, so its age counts from the first use on ${dayInWords(row.since_ms)})`
    : '';
  const imported = row.lane !== LIVE_LANE;
  const end = imported ? ` at the end of ${row.lane} on ${dayInWords(row.as_of_ms)}` : '';
  return `The secret of key ${row.key_id} ${imported ? 'was' : 'is'} ${old}${end}${counted}; ${plan} ${countInWords(row.limit_days, 'day')}.`;
}

function advice(row: StaleKeyRow, callersDays: number): string {
  if (row.last_used_ms === 0)
    return 'It was never used: revoke it if nobody needs it, or rotate it.';
  const last = dayInWords(row.last_used_ms);
  if (row.caller_count === 0) {
    return `It was last used on ${last}: revoke it if nobody needs it any more, or rotate it.`;
  }
  const callers = row.callers.slice(0, SHOWN_CALLERS).map(callerInWords);
  const more = row.caller_count - callers.length;
  if (more > 0) callers.push(`${more} more`);
  return (
    `Rotate it: make a new secret, give it to its callers, then end the old one. ` +
    `${countInWords(row.caller_count, 'caller')} used it in the last ${countInWords(callersDays, 'day')}, ` +
    `most recently on ${last}: ${listInWords(callers)}.`
  );
}

function callerInWords([environment, addressBlock, userAgent]: StaleKeyCaller): string {
  const agent =
    userAgent.length > SHOWN_CHARACTERS ? `${userAgent.slice(0, SHOWN_CHARACTERS)}…` : userAgent;
  return [
    agent === '' ? 'an unknown agent' : agent,
    ...(addressBlock === '' ? [] : [`from ${addressBlock}`]),
    ...(environment === '' ? [] : [`in ${environment}`]),
  ].join(' ');
}
