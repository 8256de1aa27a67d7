import { count } from '../output/completeness.js';
import { printable, table } from '../output/table.js';
import type { Differences, Telling } from './comparison.js';

export interface ReplayFindings extends Differences {
  readonly from: string;
  readonly to: string;
  /** Log time before which rules know nothing; null: all that ever arrived was read. */
  readonly memoryFrom: string | null;
  readonly messages: number;
  readonly warmUp: number;
  readonly seconds: number;
  /** Alerts that were told now, with evidence that wasn't stored; null: nothing was to be told. */
  readonly told: number | null;
  readonly notes: readonly string[];
}

/** Alerts that are listed one by one. */
const LISTED = 20;

/** A page for a person: numbers by rule, and each alert that one side doesn't have. */
export function replayText(findings: ReplayFindings): string {
  const { from, to, messages, warmUp, seconds, rules, onlyNow, onlyThen, told, notes } = findings;
  const rows = rules.map((one) => [
    one.rule,
    one.same,
    one.otherEvidence,
    one.onlyNow,
    one.onlyThen,
  ]);
  const alerts = rules.reduce((sum, one) => sum + one.same + one.otherEvidence + one.onlyThen, 0);
  const differing = rules.reduce(
    (sum, one) => sum + one.otherEvidence + one.onlyNow + one.onlyThen,
    0,
  );
  return [
    `${count(messages, 'message')} that arrived from ${from} to ${to}, after ${warmUp.toLocaleString('en-US')} before them, in ${seconds.toFixed(1)} s`,
    '',
    ...(rows.length === 0
      ? []
      : [table(['RULE', 'SAME', 'OTHER EVIDENCE', 'ONLY NOW', 'ONLY THEN'], rows), '']),
    differing === 0
      ? `The replay gives the ${count(alerts, 'alert')} that ${alerts === 1 ? 'is' : 'are'} stored, with the same ids.`
      : `${count(differing, 'alert')} ${differing === 1 ? 'differs' : 'differ'} from what is stored.`,
    ...listed('Only now', onlyNow),
    ...listed('Only then', onlyThen),
    ...(told === null
      ? []
      : [`${count(told, 'telling')} told that ${told === 1 ? 'was' : 'were'} not stored.`]),
    ...notes.map((note) => `Note: ${note}`),
  ].join('\n');
}

function listed(title: string, tellings: readonly Telling[]): string[] {
  if (tellings.length === 0) return [];
  const shown = tellings.slice(0, LISTED);
  const more = tellings.length - shown.length;
  return [
    '',
    `${title}${more > 0 ? `, ${shown.length} of ${tellings.length.toLocaleString('en-US')} (--json has all)` : ''}:`,
    ...shown.map(
      ({ alertId, rule, tenantId, keyId, detectedAtMs, why }) =>
        `  ${new Date(detectedAtMs).toISOString()} ${rule} ${printable(`${tenantId}/${keyId}`)} ${alertId}: ${why === '' ? 'nothing explains it' : why}`,
    ),
    '',
  ];
}
