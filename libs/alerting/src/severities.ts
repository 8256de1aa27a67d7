import { SEVERITIES, type Severity } from '@keywatch/events';

/** Orders severities: 0 for info up to 4 for critical. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
