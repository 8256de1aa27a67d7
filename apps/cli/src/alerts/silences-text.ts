import type { SilenceRow } from '@keywatch/reports';
import { completenessLine } from '../output/completeness.js';
import { table } from '../output/table.js';
import type { SilencesAnswer } from './answers.js';

/** What a silence covers, in words. */
function coversText(silence: SilenceRow): string {
  const parts = [
    ['rule', silence.rule],
    ['tenant', silence.tenantId],
    ['key', silence.keyId],
    ['lane', silence.lane],
    ['owner', silence.owner],
  ].filter(([, value]) => value !== '');
  const limit = silence.severityAtMost === 'critical' ? '' : `, ${silence.severityAtMost} at most`;
  return `${parts.map((part) => part.join(' ')).join(', ')}${limit}`;
}

/** A new silence on one line. */
export function coverText(silence: SilenceRow): string {
  const from = silence.status === 'coming' ? `from ${timeText(silence.startsAt)} ` : '';
  return `silent ${from}until ${timeText(silence.endsAt)} UTC: ${coversText(silence)}`;
}

/** The list for a person. */
export function silencesText({ silences, completeness }: SilencesAnswer): string {
  return [
    silences.length === 0
      ? 'Nothing is silenced.'
      : table(
          ['SILENCE', 'STATE', 'COVERS', 'FROM (UTC)', 'UNTIL (UTC)', 'BY', 'WHY'],
          silences.map((silence) => [
            silence.silenceId.slice(0, 8),
            silence.status,
            coversText(silence),
            timeText(silence.startsAt),
            timeText(silence.endsAt),
            silence.by,
            silence.endedBy === ''
              ? silence.why
              : `${silence.why} (ended by ${silence.endedBy}: ${silence.endedWhy})`,
          ]),
        ),
    '',
    completenessLine(completeness),
  ].join('\n');
}

const timeText = (text: string): string => text.slice(0, 16).replace('T', ' ');
