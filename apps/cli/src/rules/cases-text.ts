import { printable } from '../output/table.js';
import type { FileResult } from './run-cases.js';

/** A case as one line, and what differs below it. */
export function resultInWords({ file, line, name, rule, problem }: FileResult): string {
  const title = printable(`${rule}: ${name}`);
  if (problem === undefined) return `ok    ${title}`;
  const lines = problem.split('\n').map(printable);
  return `WRONG ${title}  (${file}:${line})\n  ${lines.join('\n')}`;
}

/** The last line. */
export function summaryInWords(results: readonly FileResult[]): string {
  const failed = results.filter(({ problem }) => problem !== undefined).length;
  return failed === 0
    ? `All ${results.length} as expected.`
    : `${failed} of ${results.length} failed.`;
}

/** One JSON document of all cases. */
export function resultsAsJson(results: readonly FileResult[]): string {
  const cases = results.map(({ file, line, name, rule, expected, told, problem }) => ({
    file,
    line,
    name,
    rule,
    ok: problem === undefined,
    expected,
    told: told.map(({ severity, tenantId, keyId, window, sentence, detectedAt }) => ({
      severity,
      tenant: tenantId,
      key: keyId,
      window,
      sentence,
      detectedAt,
    })),
    problem: problem ?? null,
  }));
  return JSON.stringify({ cases, failed: cases.filter(({ ok }) => !ok).length });
}
