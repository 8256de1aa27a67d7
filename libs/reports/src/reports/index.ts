import type { Report } from '../kit/report.js';
import { alertHistoryReport } from './alert-history.report.js';
import { auditTrailReport } from './audit-trail.report.js';
import { callersReport } from './callers.report.js';
import { completenessReport } from './completeness.report.js';
import { planUseReport } from './plan-use.report.js';
import { revokeImpactReport } from './revoke-impact.report.js';
import { rotationAgeReport } from './rotation-age.report.js';
import { sharedKeysReport } from './shared-keys.report.js';
import { staleKeysReport } from './stale-keys.report.js';
import { unusedKeysReport } from './unused-keys.report.js';
import { usageReport } from './usage.report.js';

/** Every report, in the order in which they are offered. One file, one line. */
export const REPORTS: readonly Report[] = [
  usageReport,
  rotationAgeReport,
  staleKeysReport,
  unusedKeysReport,
  sharedKeysReport,
  callersReport,
  revokeImpactReport,
  planUseReport,
  alertHistoryReport,
  auditTrailReport,
  completenessReport,
];

/** The report of that id; undefined where there is none. */
export function reportOf(id: string): Report | undefined {
  return REPORTS.find((report) => report.id === id);
}
