import type { Alert } from '@keywatch/events';

const DAY_MS = 86_400_000;
/** Until when an exception holds that nobody has given another end: long enough to mend it, short enough to be asked. */
const EXCEPTION_DAYS = 90;
const SHORT_ID = 8;

/** Where runbooks lie in the project, and in its documentation. */
export const RUNBOOKS = 'docs/runbooks/';

/** The beginning of an alert's id, as people type it. */
export function shortId(alertId: string): string {
  return alertId.slice(0, SHORT_ID);
}

/**
 * Link to the runbook of a rule.
 * @param where what comes before the rule's name and `.md`, or an address with `{rule}` in it
 */
export function runbookOf(rule: string, where: string = RUNBOOKS): string {
  return where.includes('{rule}')
    ? where.replaceAll('{rule}', encodeURIComponent(rule))
    : `${where}${encodeURIComponent(rule)}.md`;
}

/**
 * One line for the list `exceptions:` of the settings: from then on the rule says nothing about this key. It ends by
 * itself; the reason is for the person to complete.
 * @param nowMs it holds for 90 days from then
 */
export function exceptionFor(
  { alertId, rule, keyId, tenantId }: Pick<Alert, 'alertId' | 'rule' | 'keyId' | 'tenantId'>,
  nowMs: number,
): string {
  const expires = new Date(nowMs + EXCEPTION_DAYS * DAY_MS).toISOString().slice(0, 10);
  const members = [
    ['rule', yamlText(rule)],
    ['key', yamlText(keyId)],
    ['tenant', yamlText(tenantId)],
    ['reason', JSON.stringify(`alert ${shortId(alertId)}: say here why this is fine`)],
    ['expires', expires],
  ];
  return `- {${members.map(([name, value]) => `${name}: ${value}`).join(', ')}}`;
}

/** Words that YAML takes for something other than text, in any spelling of some reader. */
const NO_TEXT = /^(?:true|false|yes|no|on|off|null|nan|inf|y|n)$/i;

/** A text in a flow mapping of YAML: bare where that can't be misread, else quoted as in JSON. */
function yamlText(text: string): string {
  return /^[A-Za-z][\w./@-]*$/.test(text) && !NO_TEXT.test(text)
    ? text
    : JSON.stringify(text.toWellFormed());
}
