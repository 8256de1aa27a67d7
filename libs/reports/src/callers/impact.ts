import type { Findings, Row } from '../kit/report.js';
import { counted, moment, NOT_ALL_IN } from '../kit/words.js';

/** What revoking a key would do, and what to do first. @param days how far back callers were looked for */
export function impactOf(findings: Findings, days: number): string {
  const { subjects, summary, complete } = findings;
  const [subject, ...others] = subjects;
  if (subject === undefined) {
    return 'Nothing is known of this key: check its name and tenant before you revoke anything.';
  }
  const { rows = 0, breaking = 0 } = summary;
  const caveat = complete ? '' : NOT_ALL_IN;
  const about = others.length > 0 ? `${counted(subjects.length, 'key')} together: ` : '';
  if (breaking > 0) return `${caveat}${about}${whoBreaks(findings, subject, days)}`;
  if (rows > 0) {
    return `${caveat}${about}${counted(rows, 'caller')} in ${days} days, and none of their requests succeeded: revoking breaks nobody who is served today.`;
  }
  const last = typeof subject['lastUsed'] === 'string' ? moment(subject['lastUsed']) : undefined;
  const seen =
    last === undefined
      ? 'no request with it was ever seen'
      : others.length > 0
        ? 'nobody called'
        : `the last request was at ${last}`;
  return `${caveat}${about}Nobody called with it in ${days} days (${seen}): revoking it breaks no caller that is known.`;
}

function whoBreaks({ summary, whole }: Findings, subject: Row, days: number): string {
  const { breaking = 0, succeeded = 0, lastUsedMs = 0 } = summary;
  const least = whole ? '' : 'at least ';
  const last = moment(new Date(lastUsedMs).toISOString());
  const advice =
    subject['state'] === 'revoked'
      ? 'It is revoked already, and was still served: see the alerts of this key.'
      : 'Do not revoke it yet, unless it leaked: rotate it with a period of grace, move them one by one, and ask again.';
  return `Revoking it breaks ${least}${counted(breaking, 'caller')}, served ${counted(succeeded, 'time')} in ${days} days, the last at ${last}. ${advice}`;
}
