import type { Report } from '../kit/report.js';
import { rotationAgeReport } from './rotation-age.report.js';
import { usageReport } from './usage.report.js';

/** Every report, in the order in which they are offered. One file, one line. */
export const REPORTS: readonly Report[] = [usageReport, rotationAgeReport];

/** The report of that id; undefined where there is none. */
export function reportOf(id: string): Report | undefined {
  return REPORTS.find((report) => report.id === id);
}
