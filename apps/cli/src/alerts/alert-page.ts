import { alertsLines } from '../output/alerts-completeness.js';
import { completenessLine, count } from '../output/completeness.js';
import { printable, table } from '../output/table.js';
import type { AlertAnswer } from './answers.js';

/** Lines of the story at most; the latest. */
const STORY = 60;

/** A page for a person: what happened, on what it rests, who did what, and how to make it stop. */
export function alertPage(answer: AlertAnswer): string {
  const { alert, exception, runbook, silences, completeness } = answer;
  const { rule, severity, keyId, tenantId, lane, historical } = alert;
  const owner = [alert.ownerId, alert.ownerEmail, alert.ownerTeam].filter((text) => text !== '');
  const facts: readonly (readonly [string, string])[] = [
    ['Status', statusText(alert)],
    ...silences.map(
      ({ endsAt, by, why, silenceId }) =>
        [
          'Silenced',
          `until ${timeText(endsAt)} UTC by ${by}: ${oneLine(why)} (${silenceId.slice(0, 8)})`,
        ] as const,
    ),
    ['Owner', owner.length === 0 ? 'unknown' : [...new Set(owner)].join(', ')],
    ['Happened', stretch(alert.firstOccurredAt, alert.lastOccurredAt)],
    ['Detected', `${stretch(alert.firstDetectedAt, alert.lastDetectedAt)}, by ${alert.source}`],
    ...(alert.firstEventId === ''
      ? []
      : [['Events', [...new Set([alert.firstEventId, alert.lastEventId])].join(' to ')] as const]),
    ['What to do', runbook],
    ...factLines(alert.facts),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    printable(`${severity.toUpperCase()}  ${rule}: ${alert.title}`),
    printable(oneLine(alert.sentence)),
    '',
    ...[
      ['Alert', alert.alertId] as const,
      [
        'Key',
        `${keyId} of ${tenantId}, lane ${lane}${historical ? ' (from an import)' : ''}`,
      ] as const,
      ...facts,
    ].map(([name, text]) => printable(`  ${name.padEnd(width)}  ${text}`).trimEnd()),
    ...(alert.query === ''
      ? []
      : ['', 'It rests on these rows (keywatch sql shows them):', ...indented(alert.query)]),
    '',
    'If this is fine for good, an exception in the settings ends it:',
    ...indented(exception),
    '',
    storyTable(answer),
    '',
    completenessLine(completeness),
    ...alertsLines(completeness),
  ].join('\n');
}

/** Facts of the evidence; those that are empty say nothing. */
function factLines(facts: AlertAnswer['alert']['facts']): (readonly [string, string])[] {
  const lines = Object.entries(facts)
    .map(([name, value]) => [`  ${name}`, oneLine(valueText(value))] as const)
    .filter(([, text]) => text !== '');
  return lines.length === 0 ? [] : [['Facts', ''], ...lines];
}

function statusText({
  status,
  statusWhy,
  acknowledgedBy,
  acknowledgedAt,
  resolvedBy,
  resolvedAt,
}: AlertAnswer['alert']): string {
  if (status === 'open') return 'open';
  const [by, at] =
    status === 'resolved' ? [resolvedBy, resolvedAt] : [acknowledgedBy, acknowledgedAt];
  return `${status} by ${by} at ${timeText(at ?? '')} UTC: ${oneLine(statusWhy)}`;
}

/** Tellings, deeds and deliveries in one order of time. */
function storyTable({ alert, tellings, actions, deliveries }: AlertAnswer): string {
  const story = [
    ...tellings.map(({ detectedAt, severity, sentence }) => ({
      at: detectedAt,
      who: alert.source,
      what: `told as ${severity}: ${oneLine(sentence)}`,
    })),
    ...actions.map(({ at, by, action, why }) => ({
      at,
      who: by,
      what: `${action}: ${oneLine(why)}`,
    })),
    ...deliveries.map(({ time, channel, target, attempt, outcome, error }) => ({
      at: time,
      who: 'notify',
      what: `${outcome === 'sent' ? 'sent' : outcome} by ${channel} to ${target}${attempt > 1 ? `, attempt ${attempt}` : ''}${error === '' ? '' : `: ${oneLine(error)}`}`,
    })),
  ].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  const left = story.length - STORY;
  return [
    ...(left > 0 ? [`(${count(left, 'earlier line')} left out; --format json has more.)`] : []),
    table(
      ['TIME (UTC)', 'WHO', 'WHAT'],
      story.slice(-STORY).map(({ at, who, what }) => [timeText(at), who, what]),
    ),
  ].join('\n');
}

function stretch(from: string, to: string): string {
  return `${from === to ? timeText(from) : `${timeText(from)} to ${timeText(to)}`} UTC`;
}

const timeText = (text: string): string => text.slice(0, 19).replace('T', ' ');
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
const indented = (text: string): string[] => text.split('\n').map((line) => `  ${printable(line)}`);

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return JSON.stringify(value);
}
