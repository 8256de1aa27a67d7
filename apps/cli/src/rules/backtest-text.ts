import { count } from '../output/completeness.js';
import { table, type Cell } from '../output/table.js';
import type { Variant } from './tally.js';

export interface BacktestFindings {
  readonly variants: readonly Variant[];
  /** What holds where nobody has set anything. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly setting?: string | undefined;
  readonly wanted?: number | undefined;
  readonly suggestion?: { readonly value: number; readonly perWeek: number } | undefined;
  readonly notes: readonly string[];
}

/** Days in a row without any alert that are shown one by one. */
const QUIET_SHOWN = 3;

/** A page for a person: alerts per day, the noisiest keys of each variant, a value for the wanted number. */
export function backtestText(findings: BacktestFindings): string {
  const { variants, defaults, setting, wanted, suggestion, notes } = findings;
  const perWeek = (n: number): string => `${n.toFixed(1)} a week`;
  return [
    table(['DAY', ...variants.map(({ name }) => name.toUpperCase())], dayRows(variants)),
    ...variants.flatMap((variant) => [
      '',
      `${variant.name}: ${count(variant.alerts, 'alert')}, ${perWeek(variant.perWeek)}, with ${settingsText(variant.settings, defaults)}`,
      ...(variant.subjects.length === 0
        ? []
        : [
            table(
              ['NOISIEST KEY', 'TENANT', 'ALERTS'],
              variant.subjects.map(({ key, tenant, alerts }) => [key, tenant, alerts]),
            ),
          ]),
    ]),
    ...(setting === undefined || wanted === undefined
      ? []
      : [
          '',
          suggestion === undefined
            ? `No value of ${setting} gives at most ${count(wanted, 'alert')} a week.`
            : `For at most ${count(wanted, 'alert')} a week: ${setting}: ${suggestion.value} (${perWeek(suggestion.perWeek)}, over ${count(variants[0]?.days.length ?? 0, 'day')})`,
        ]),
    ...notes.map((note) => `Note: ${note}`),
  ].join('\n');
}

/** A row a day; a longer stretch in which nothing was told is one row. */
function dayRows(variants: readonly Variant[]): Cell[][] {
  const days = (variants[0]?.days ?? []).map(({ day }, n) => ({
    day,
    alerts: variants.map((variant) => variant.days[n]?.alerts ?? 0),
  }));
  const rows: Cell[][] = [];
  for (let at = 0; at < days.length;) {
    const quiet = days.slice(at).findIndex(({ alerts }) => alerts.some((n) => n > 0));
    const length = quiet === -1 ? days.length - at : quiet;
    const stretch = days.slice(at, at + Math.max(1, length));
    const [first, last] = [stretch[0], stretch.at(-1)];
    if (first === undefined || last === undefined) break;
    if (length > QUIET_SHOWN) {
      rows.push([`${first.day} to ${last.day} (${count(length, 'day')})`, ...first.alerts]);
    } else rows.push(...stretch.map(({ day, alerts }) => [day, ...alerts]));
    at += stretch.length;
  }
  return rows;
}

/** What differs from the defaults. */
function settingsText(
  settings: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): string {
  const changed = Object.entries(settings).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]),
  );
  if (changed.length === 0) return 'the default settings';
  return changed.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ');
}
