import type { Alert, OwnerNotice } from '@keywatch/events';

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface KeyLines {
  readonly heading: string;
  readonly facts: readonly string[];
  readonly callers: readonly string[];
}

const WHAT_TO_DO = [
  'Create a new secret for the key and give it to the callers listed here.',
  'When their traffic has moved, revoke the old secret.',
  'If nobody needs the key any more, revoke it now.',
];

/** The message for one owner: which keys, how old, who still calls with them, what to do. */
export function noticeMail(notice: OwnerNotice): Mail {
  const count = notice.alerts.length;
  const keys = [...notice.alerts].sort(byAge).map(linesOf);
  const subject =
    count === 1
      ? `Please rotate the API key ${notice.alerts[0]?.keyId ?? ''}`
      : `Please rotate ${count} API keys`;
  const opening =
    count === 1
      ? 'One of your API keys is due for rotation.'
      : `${count} of your API keys are due for rotation.`;
  const closing = `As of ${notice.asOf.slice(0, 16).replace('T', ' ')} UTC. You get this because you are recorded as the owner.`;
  const text = [
    opening,
    ...keys.map(({ heading, facts, callers }) =>
      [heading, ...facts.map((fact) => `  ${fact}`), ...callersText(callers)].join('\n'),
    ),
    `What to do\n${WHAT_TO_DO.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`,
    closing,
  ].join('\n\n');
  const html = [
    `<p>${escape(opening)}</p>`,
    ...keys.map(
      ({ heading, facts, callers }) =>
        `<h3>${escape(heading)}</h3><ul>${facts.map((fact) => `<li>${escape(fact)}</li>`).join('')}</ul>${callersHtml(callers)}`,
    ),
    `<h3>What to do</h3><ol>${WHAT_TO_DO.map((step) => `<li>${escape(step)}</li>`).join('')}</ol>`,
    `<p><small>${escape(closing)}</small></p>`,
  ].join('\n');
  return { subject, text: `${text}\n`, html };
}

function byAge(a: Alert, b: Alert): number {
  return Number(b.evidence.facts['ageDays'] ?? 0) - Number(a.evidence.facts['ageDays'] ?? 0);
}

function linesOf(alert: Alert): KeyLines {
  const { facts } = alert.evidence;
  const fact = (name: string): string => {
    const value = facts[name];
    return value === undefined || value === '' ? '' : String(value);
  };
  const callers = facts['callers'];
  const lastUsed = fact('lastUsed');
  const name = fact('name');
  return {
    heading: `${alert.keyId}${name === '' ? '' : ` (${name})`} · ${alert.tenantId}`,
    facts: [
      alert.sentence,
      fact('plan') === '' ? '' : `plan: ${fact('plan')}`,
      lastUsed === '' ? 'no use seen' : `last used: ${lastUsed.slice(0, 16).replace('T', ' ')} UTC`,
    ].filter((line) => line !== ''),
    callers: Array.isArray(callers) ? callers : [],
  };
}

function callersText(callers: readonly string[]): string[] {
  if (callers.length === 0) return ['  nobody was seen calling with it'];
  return ['  who still calls with it:', ...callers.map((caller) => `    - ${caller}`)];
}

function callersHtml(callers: readonly string[]): string {
  if (callers.length === 0) return '<p>Nobody was seen calling with it.</p>';
  return `<p>Who still calls with it:</p><ul>${callers.map((caller) => `<li>${escape(caller)}</li>`).join('')}</ul>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
