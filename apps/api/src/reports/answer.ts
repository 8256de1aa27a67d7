import type { PreparedReport, Report, Row, Summary } from '@keywatch/reports';
import type { Completeness } from '../completeness/completeness.js';

/** What a report came to, under way: the rows come as they are asked for. */
export interface Answer {
  readonly report: Report;
  readonly prepared: PreparedReport;
  readonly completeness: Completeness;
  /** What it is about; undefined: no particular keys. */
  readonly subjects: readonly Row[] | undefined;
  readonly rows: AsyncIterable<Row>;
  readonly generatedAtMs: number;
}

/** @param last whether the rows end with the last there is */
export function concluded(
  { prepared, completeness, subjects = [] }: Answer,
  summary: Summary,
  last: boolean,
): string | null {
  const whole = last && prepared.query.params['after0'] === undefined;
  const complete = completeness.state === 'complete';
  return prepared.conclude({ summary, subjects, whole, complete });
}
