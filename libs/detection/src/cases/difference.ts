import type { Alert } from '@keywatch/events';
import { alertInWords, expectedInWords, fits, type Expected } from './told.js';

/** What was expected and what came; undefined: they are the same. The first must fit the first, and so on. */
export function differenceInOrder(
  told: readonly Alert[],
  expected: readonly Expected[],
): string | undefined {
  const lines: string[] = [];
  for (let i = 0; i < Math.max(told.length, expected.length); i += 1) {
    const [alert, wanted] = [told[i], expected[i]];
    if (alert !== undefined && wanted !== undefined && fits(alert, wanted)) continue;
    if (wanted !== undefined)
      lines.push(`- expected as number ${i + 1}: ${expectedInWords(wanted)}`);
    if (alert !== undefined) lines.push(`+ told as number ${i + 1}: ${alertInWords(alert)}`);
  }
  return inWords(told, expected, lines);
}

/** The same in any order: a sweep tells what it finds in the order of its query. */
export function differenceInAnyOrder(
  told: readonly Alert[],
  expected: readonly Expected[],
): string | undefined {
  const takenBy = pairs(told, expected);
  const met = new Set(takenBy.values());
  const lines = [
    ...expected
      .filter((_, i) => !met.has(i))
      .map((one) => `- expected, not told: ${expectedInWords(one)}`),
    ...told
      .filter((_, i) => !takenBy.has(i))
      .map((alert) => `+ told, not expected: as of ${alert.detectedAt} ${alertInWords(alert)}`),
  ];
  return inWords(told, expected, lines);
}

function inWords(
  told: readonly Alert[],
  expected: readonly Expected[],
  lines: readonly string[],
): string | undefined {
  if (lines.length === 0) return undefined;
  return [`${expected.length} expected, ${told.length} told`, ...lines].join('\n  ');
}

/**
 * As many pairs as there can be of an alert (by place) and what was expected (by place), each once: an expectation that
 * fits several alerts gives way to one that fits fewer. Augmenting paths (Kuhn 1955).
 */
function pairs(told: readonly Alert[], expected: readonly Expected[]): Map<number, number> {
  const takenBy = new Map<number, number>();
  const place = (want: number, tried: Set<number>): boolean =>
    told.some((alert, i) => {
      const wanted = expected[want];
      if (tried.has(i) || wanted === undefined || !fits(alert, wanted)) return false;
      tried.add(i);
      const holder = takenBy.get(i);
      if (holder !== undefined && !place(holder, tried)) return false;
      takenBy.set(i, want);
      return true;
    });
  expected.forEach((_, want) => place(want, new Set()));
  return takenBy;
}
