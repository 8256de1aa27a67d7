import type { Alert, OwnerNotice } from '@keywatch/events';
import { acknowledgeCommand } from '../next-steps.js';

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface KeyLines {
  readonly heading: string;
  readonly facts: readonly string[];
  readonly breaks: string;
  readonly callers: readonly string[];
}

interface Words {
  /** Subject and opening for one key and for several. */
  readonly subject: (keys: string) => string;
  readonly opening: (keys: string) => string;
  readonly steps: readonly string[];
}

const ROTATE: Words = {
  subject: (keys) => `Please rotate ${keys}`,
  opening: (keys) => `${keys} due for rotation.`,
  steps: [
    'Create a new secret for the key and give it to the callers listed here.',
    'When their traffic has moved, revoke the old secret.',
    'If nobody needs the key any more, revoke it now.',
  ],
};
const UNUSED: Words = {
  subject: (keys) => `Do you still need ${keys}?`,
  opening: (keys) => `${keys} not in use.`,
  steps: [
    'If nobody needs the key any more, revoke it.',
    'If you are not sure, disable it first: that can be undone.',
    'If it should be in use, look at its client: it may have failed for long.',
  ],
};
const ADOPT: Words = {
  subject: (keys) => `Please give the new secret to all callers of ${keys}`,
  opening: (keys) => `${keys} still called with an old secret.`,
  steps: [
    'Give the new secret to the callers listed here before the old one ends.',
    'If that can not be done in time, rotate again with a longer grace.',
  ],
};
const OTHER: Words = {
  subject: (keys) => `Please look at ${keys}`,
  opening: (keys) => `${keys} in need of a look.`,
  steps: ['Read what was found about each key.', 'Ask your security team where it is not clear.'],
};
const WORDS: Readonly<Record<string, Words>> = {
  'stale-key': ROTATE,
  'unused-key': UNUSED,
  'never-used-key': UNUSED,
  'rotation-not-adopted': ADOPT,
};

const KNOWN = 'If this is known and fine';
const SAY_SO =
  'Say so, with the reason, or ask your security team to. It is then on record, and nobody is told of it again at this severity:';

/** The message for one owner: which keys, what was found, what breaks without them, what to do, how to say it is known. */
export function noticeMail(notice: OwnerNotice): Mail {
  const { alerts } = notice;
  const words = WORDS[notice.rule] ?? OTHER;
  const sorted = [...alerts].sort(byAge);
  const keys = sorted.map(linesOf);
  const one = alerts.length === 1;
  const subject = words.subject(
    one ? `the API key ${alerts[0]?.keyId ?? ''}` : `${alerts.length} API keys`,
  );
  const opening = words.opening(
    one ? 'One of your API keys is' : `${alerts.length} of your API keys are`,
  );
  const commands = sorted.map(
    (alert) => `${acknowledgeCommand(alert)}${one ? '' : `   (${alert.keyId})`}`,
  );
  const closing = `As of ${minuteOf(notice.asOf)}. You get this because you are recorded as the owner.`;
  const text = [
    opening,
    ...keys.map(({ heading, facts, breaks, callers }) =>
      [
        heading,
        ...facts.map((fact) => `  ${fact}`),
        `  ${breaks}`,
        ...callers.map((caller) => `    - ${caller}`),
      ].join('\n'),
    ),
    `What to do\n${words.steps.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`,
    [KNOWN, `  ${SAY_SO}`, ...commands.map((command) => `    ${command}`)].join('\n'),
    closing,
  ].join('\n\n');
  const html = [
    `<p>${escape(opening)}</p>`,
    ...keys.map(
      ({ heading, facts, breaks, callers }) =>
        `<h3>${escape(heading)}</h3><ul>${listItems(facts)}</ul><p>${escape(breaks)}</p>` +
        (callers.length === 0 ? '' : `<ul>${listItems(callers)}</ul>`),
    ),
    `<h3>What to do</h3><ol>${listItems(words.steps)}</ol>`,
    `<h3>${KNOWN}</h3><p>${escape(SAY_SO)}</p><pre>${commands.map(escape).join('\n')}</pre>`,
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
  const name = fact('name');
  return {
    heading: `${alert.keyId}${name === '' ? '' : ` (${name})`} · ${alert.tenantId}`,
    facts: [
      alert.sentence,
      fact('plan') === '' ? '' : `plan: ${fact('plan')}`,
      lastUseOf(fact),
    ].filter((line) => line !== ''),
    breaks: breaksOf(alert),
    callers: Array.isArray(callers) ? callers : [],
  };
}

/** Of a rotation it is the last use of the old secret: the key itself is in use, or nothing would be told. */
function lastUseOf(fact: (name: string) => string): string {
  const [old, last] = [fact('lastOldRequestAt'), fact('lastUsed')];
  if (old !== '') return `old secret last used: ${minuteOf(old)}`;
  return last === '' ? 'no use seen' : `last used: ${minuteOf(last)}`;
}

const minuteOf = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

/** What revoking would break, or the end of the old secret, as far as it was looked up. */
function breaksOf({ rule, evidence: { facts } }: Alert): string {
  const { callers, requests, graceEndsAt } = facts;
  // The callers listed are those with the old secret: revoking the key would break the others, too.
  if (typeof graceEndsAt === 'string')
    return `these callers use the old secret, which ends at ${minuteOf(graceEndsAt)}:`;
  if (Array.isArray(callers) && callers.length > 0)
    return 'these callers break if it is revoked now:';
  if (Array.isArray(callers) || requests === 0)
    return 'nothing that was seen breaks if it is revoked now: nobody was seen calling with it';
  if (rule === 'unused-key')
    return 'no caller that works breaks if it is revoked now: no call has succeeded since then';
  return 'who calls with it was not looked up: ask your security team before you revoke it';
}

function listItems(lines: readonly string[]): string {
  return lines.map((line) => `<li>${escape(line)}</li>`).join('');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
