import type { Column, Row } from '@keywatch/reports';
import type { AlertsCompleteness } from '../completeness/finders.js';
import type { Completeness } from '../completeness/completeness.js';
import { concluded, type Answer } from './answer.js';
import { STYLE } from './html-style.js';

/**
 * A page for printing, piece by piece: what it is about and how fresh it is, the rows, what they come to, and the proof of
 * completeness. It loads nothing and runs nothing; every text is escaped.
 */
export async function* html(answer: Answer): AsyncGenerator<string> {
  const { report, prepared, subjects } = answer;
  const columns = prepared.columns.filter(
    ({ detail, type }) => detail !== true && type !== 'object',
  );
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(`${report.title} - Keywatch`)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(report.title)}</h1>
<p class="question">${escaped(report.question)}</p>
${factList(headFacts(answer))}
</header>
${subjects === undefined ? '' : subjectsOf(subjects, prepared.subjects?.columns ?? [])}
<main>
<table class="rows${columns.length > 12 ? ' wide' : ''}">
<thead><tr>${columns.map(headCell).join('')}</tr></thead>
<tbody>
`;
  let summary = prepared.summary.initial;
  let count = 0;
  let more = false;
  for await (const row of answer.rows) {
    if (count === prepared.limit) {
      more = true;
      break;
    }
    yield `<tr>${columns.map((column) => cell(row, column)).join('')}</tr>\n`;
    summary = prepared.summary.add(summary, row);
    count += 1;
  }
  if (count === 0) yield `<tr><td colspan="${columns.length}" class="none">No rows.</td></tr>\n`;
  const conclusion = concluded(answer, summary, !more);
  yield `</tbody>
</table>
${more ? `<p class="more">The first ${grouped(count)} rows; there are more.</p>` : ''}
${conclusion === null ? '' : `<p class="conclusion">${escaped(conclusion)}</p>`}
</main>
${footer(answer, count)}
</body>
</html>
`;
}

/** Text that can stand between tags and in a quoted attribute. Control characters are shown as what they are: unprintable. */
export function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replace(UNPRINTABLE, '\uFFFD');
}

/** Control characters, and those that turn the direction of what follows: a name must not rearrange the page. */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

type Facts = readonly (readonly [string, string])[];

function headFacts({ prepared, completeness, generatedAtMs }: Answer): Facts {
  const { tenant } = prepared.params;
  return [
    ['Tenant', Array.isArray(tenant) ? tenant.join(', ') : 'all'],
    ['Period', period(prepared.range)],
    ['Times', 'UTC'],
    ['Freshness', freshness(completeness)],
    ['Generated', moment(new Date(generatedAtMs).toISOString())],
  ];
}

function period({ from, to }: Answer['prepared']['range']): string {
  if (from === undefined && to === undefined) return 'all that is stored';
  const text = (ms: number): string => moment(new Date(ms).toISOString());
  if (from === undefined) return `up to ${text(to ?? 0)}`;
  return `${text(from)} to ${to === undefined ? 'now' : text(to)}`;
}

function freshness({ state, completeUpTo, reason }: Completeness): string {
  const upTo = completeUpTo === null ? '' : ` up to ${moment(completeUpTo)}`;
  switch (state) {
    case 'complete':
      return `complete${upTo}`;
    case 'behind':
      return `BEHIND: complete${upTo === '' ? ' up to no time that can be named' : upTo}`;
    case 'gaps':
      return `GAPS: ${reason ?? 'messages are missing'}`;
    case 'unknown':
      return `UNKNOWN whether this is complete: ${reason ?? 'no reason given'}`;
  }
}

const factList = (facts: Facts): string =>
  `<dl>${facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>`;

function subjectsOf(subjects: readonly Row[], columns: readonly Column[]): string {
  return subjects
    .map((subject) => {
      const facts = columns
        .map((column) => [column.title, textOf(subject[column.name], column)] as const)
        .filter(([, value]) => value !== NOTHING);
      return `<section class="subject">${factList(facts)}</section>`;
    })
    .join('\n');
}

const headCell = (column: Column): string =>
  `<th${classOf(column)} title="${escaped(column.about)}">${escaped(column.title)}${column.unit === '%' || column.unit === 'days' || column.unit === 'ms' ? ` <small>${escaped(column.unit)}</small>` : ''}</th>`;

function cell(row: Row, column: Column): string {
  const text = textOf(row[column.name], column);
  const own = classOf(column);
  return `<td${own === '' && text.length > LONG ? ' class="long"' : own}>${escaped(text)}</td>`;
}

/** A longer text may be broken anywhere; the words and names of the others stay whole. */
const LONG = 26;

function classOf({ type, format }: Column): string {
  if (format === 'date-time') return ' class="time"';
  return type === 'integer' || type === 'number' ? ' class="number"' : '';
}

const NOTHING = '\u2013';

function textOf(value: unknown, { format }: Column): string {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (typeof value === 'number') return grouped(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'string') return JSON.stringify(value);
  return format === 'date-time' ? moment(value) : value;
}

const grouped = (value: number): string => value.toLocaleString('en-US');

/** To the second; it is UTC, as the head says. */
const moment = (time: string): string => time.slice(0, 19).replace('T', ' ');

/** Who had to look before an alert could be in the answer, and how far each has. */
function findersOf({ detection, sweeps, deadLetters }: AlertsCompleteness): Facts {
  const upTo = (time: string | null): string => (time === null ? 'unknown' : `${moment(time)} UTC`);
  return [
    ['Detection looked up to', upTo(detection.completeUpTo)],
    [
      'Key events not looked at',
      `${deadLetters === null ? 'unknown' : grouped(deadLetters)} dead letters`,
    ],
    ...(sweeps.reason === null
      ? [['Last round of sweeps', upTo(sweeps.lastRoundAt)] as const]
      : [['Sweeps', `unknown: ${sweeps.reason}`] as const]),
    ...sweeps.sweeps.map(
      ({ sweep, asOf, failure }) =>
        [
          `${sweep} looked up to`,
          `${upTo(asOf)}${failure === null ? '' : `; failed in the last round: ${failure}`}`,
        ] as const,
    ),
  ];
}

function footer({ prepared, completeness, report, generatedAtMs }: Answer, rows: number): string {
  const { lag, missing, total, inRange, reason, alerts } = completeness;
  const known = (value: number | null | undefined): string =>
    value === null || value === undefined ? 'unknown' : grouped(value);
  const proof: Facts = [
    ['State', completeness.state],
    [
      'Watermark',
      completeness.completeUpTo === null
        ? 'unknown'
        : `all that had arrived by ${moment(completeness.completeUpTo)} UTC is in`,
    ],
    [
      'Lag',
      lag.messages === null
        ? 'unknown'
        : `${grouped(lag.messages)} messages, ${known(lag.seconds)} s`,
    ],
    ['Gaps', missing === null ? 'unknown' : `${grouped(missing)} messages missing`],
    ['Messages', `${known(total?.messages)} read, ${known(total?.events)} stored`],
    ['Dead letters', known(total?.deadLetters)],
    ['Duplicates dropped', `${known(total?.duplicates)}, ${known(total?.conflicts)} in conflict`],
    [
      'Arrived in the period',
      inRange === null ? 'unknown' : `${grouped(inRange.messages)} messages`,
    ],
    ...(reason === null ? [] : [['Reason', reason] as const]),
    ...(alerts === undefined ? [] : findersOf(alerts)),
  ];
  const asked = Object.entries(prepared.params).map(
    ([name, value]) => `${name} = ${Array.isArray(value) ? value.join(', ') : String(value)}`,
  );
  return `<footer>
<h2>Proof of completeness</h2>
${factList(proof)}
<h2>About this report</h2>
<p>${escaped(report.about)}</p>
<p class="small">Keywatch report ${escaped(report.id)}, ${grouped(rows)} rows, generated ${escaped(moment(new Date(generatedAtMs).toISOString()))} UTC. Parameters: ${escaped(asked.length === 0 ? 'none' : asked.join('; '))}. Columns left out here are in the formats csv, json and parquet.</p>
</footer>`;
}
