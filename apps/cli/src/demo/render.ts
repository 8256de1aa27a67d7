import pc from 'picocolors';
import { SEVERITIES, type Severity } from '@keywatch/events';
import { completenessLine, count } from '../output/completeness.js';
import { shownColumns } from '../output/report-columns.js';
import { printable, table } from '../output/table.js';
import type { DemoSummary } from './summary.js';

type Row = Readonly<Record<string, unknown>>;

const SHOWN_KEYS = 8;
const SHOWN_PER_RULE = 3;

/** The demo's result for a terminal. */
export function render(summary: DemoSummary): string {
  const { usage, rotationAge, alerts, alertsByRule } = summary;
  return [
    heading(`Usage by key, the busiest of ${count(usage.length, 'key')}`),
    tableOf('usage', usage.slice(0, SHOWN_KEYS)),
    heading(`The oldest keys by rotation age, of ${count(rotationAge.length, 'live key')}`),
    tableOf('rotation-age', rotationAge.slice(0, SHOWN_KEYS)),
    heading(
      `${count(alerts.length, 'alert')}: ${
        Object.entries(alertsByRule)
          .map(([rule, n]) => `${rule} ${n}`)
          .join(', ') || 'none'
      }`,
    ),
    alertLines(alerts),
    heading('How complete, how fast'),
    figures(summary),
  ].join('\n');
}

function heading(text: string): string {
  return `\n${pc.bold(text)}`;
}

function tableOf(report: string, rows: readonly Row[]): string {
  const shown = shownColumns(report) ?? [];
  if (rows.length === 0) return 'None.';
  return table(
    shown.map(({ head }) => head),
    rows.map((row) => shown.map(({ cell }) => cell(row))),
  );
}

/** The most severe of each rule, in words. */
function alertLines(alerts: readonly Row[]): string {
  const byRule = Map.groupBy(alerts, ({ rule }) => String(rule));
  const lines = [...byRule].flatMap(([rule, own]) => {
    const worst = [...own].sort((a, b) => rank(b) - rank(a)).slice(0, SHOWN_PER_RULE);
    const rest = own.length - worst.length;
    return [
      ...worst.map(
        ({ severity, sentence }) => `${coloured(String(severity))} ${printable(String(sentence))}`,
      ),
      ...(rest > 0 ? [pc.dim(`${' '.repeat(9)}and ${rest} more of ${rule}`)] : []),
    ];
  });
  return lines.join('\n');
}

const rank = ({ severity }: Row): number => SEVERITIES.indexOf(severity as Severity);

function coloured(severity: string): string {
  const text = severity.toUpperCase().padEnd(8);
  if (severity === 'critical' || severity === 'high') return pc.red(text);
  return severity === 'medium' ? pc.yellow(text) : pc.cyan(text);
}

function figures({
  produced,
  inserted,
  duplicates,
  deadLetters,
  seconds,
  completeness,
}: DemoSummary): string {
  const perSecond = Math.round(produced / seconds).toLocaleString('en-US');
  return [
    `${count(produced, 'event')} produced, ${count(inserted, 'row')} stored once each, ${count(duplicates, 'duplicate')} dropped, ${count(deadLetters, 'dead letter')}.`,
    `${seconds} s from the first event sent to the last alert stored: ${perSecond} events/s through broker, ClickHouse and detection on this machine.`,
    completenessLine(completeness),
  ].join('\n');
}
