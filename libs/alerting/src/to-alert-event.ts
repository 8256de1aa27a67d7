import { LIVE_LANE, type Alert, type AlertEvent } from '@keywatch/events';
import { alertIdOf, fingerprintOf, revisionOf } from './alert-ids.js';
import { evidenceQuery } from './evidence-query.js';
import type { Finding } from './finding.js';

/** What the finding is about and who found it. */
export interface AlertContext {
  /** App that found it. */
  readonly source: 'detect' | 'sweep';
  readonly rule: { readonly id: string; readonly version: number; readonly title: string };
  readonly tenantId: string;
  readonly lane: string;
  readonly keyId: string;
  /** Log time of the event that completed the finding; as-of time of a sweep. In ms. */
  readonly detectedAtMs: number;
  readonly owner?: Alert['owner'] | undefined;
}

const MAX = { title: 256, sentence: 2048, fact: 1024, facts: 64, eventId: 1024, window: 128 };

/**
 * Makes a finding the telling of an alert. Its id is `alertId:revision`; alerts of every lane but live are historical.
 * Long text is cut to what the contract allows.
 *
 * @throws RangeError if the window is empty or longer than 128 characters: cut windows would join alerts.
 */
export function toAlertEvent(finding: Finding, context: AlertContext): AlertEvent {
  const { rule, tenantId, lane, keyId } = context;
  const { window } = finding;
  if (window.length === 0 || window.length > MAX.window) {
    throw new RangeError(
      `${rule.id}: a window has 1 to ${MAX.window} characters, not ${window.length}`,
    );
  }
  const subject = finding.subject ?? keyId;
  const alertId = alertIdOf({ rule: rule.id, lane, tenantId, subject, window });
  return {
    id: `${alertId}:${revisionOf(finding.revision)}`,
    source: context.source,
    alert: {
      alertId,
      fingerprint: fingerprintOf({ rule: rule.id, tenantId, subject }),
      rule: rule.id,
      ruleVersion: rule.version,
      severity: finding.severity,
      tenantId,
      lane,
      keyId,
      window,
      title: clip(rule.title, MAX.title),
      sentence: clip(finding.sentence, MAX.sentence),
      occurredAt: new Date(finding.occurredAtMs).toISOString(),
      detectedAt: new Date(context.detectedAtMs).toISOString(),
      historical: lane !== LIVE_LANE,
      evidence: evidenceOf(finding, evidenceQuery(finding.scope, { tenantId, lane, keyId })),
      ...(context.owner === undefined ? {} : { owner: context.owner }),
    },
  };
}

function evidenceOf(finding: Finding, query: string | undefined): Alert['evidence'] {
  const facts = Object.entries(finding.facts).map(([name, fact]) => {
    if (typeof fact === 'string') return [name, clip(fact, MAX.fact)];
    if (Array.isArray(fact)) return [name, fact.slice(0, MAX.facts).map((f) => clip(f, MAX.fact))];
    return [name, fact];
  });
  return {
    facts: Object.fromEntries(facts) as Alert['evidence']['facts'],
    ...(query === undefined ? {} : { query }),
    ...(finding.firstEventId === undefined
      ? {}
      : { firstEventId: clip(finding.firstEventId, MAX.eventId) }),
    ...(finding.lastEventId === undefined
      ? {}
      : { lastEventId: clip(finding.lastEventId, MAX.eventId) }),
  };
}

function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
