import { alertIdOf, sqlTime, toAlertEvent } from '@keywatch/alerting';
import { LIVE_LANE, type Alert, type AlertEvent } from '@keywatch/events';
import { pipelineGap } from './pipeline-gap.check.js';
import { durationInWords, momentInWords, type Trouble } from './trouble.js';

/** Its start: of messages that wait and of silences a fact of the log, the same for every member. */
function windowOf({ window, sinceMs }: Trouble): string {
  return window ?? `from ${new Date(sinceMs).toISOString()}`;
}

/** Id that the alert of this trouble has. */
export function troubleId(subject: string, trouble: Trouble): string {
  return alertIdOf({
    rule: pipelineGap.id,
    lane: LIVE_LANE,
    tenantId: trouble.tenantId,
    subject,
    window: windowOf(trouble),
  });
}

/**
 * A telling of a trouble.
 * @param untilMs its end; missing: it goes on
 * @param nowMs when it was seen to be so
 */
export function troubleAlert(
  subject: string,
  trouble: Trouble,
  nowMs: number,
  untilMs?: number,
): AlertEvent {
  const { sinceMs, severity, sentence, facts, scope } = trouble;
  const ended = untilMs === undefined ? {} : endFacts(sinceMs, untilMs);
  return toAlertEvent(
    {
      subject,
      window: windowOf(trouble),
      severity,
      occurredAtMs: sinceMs,
      sentence: untilMs === undefined ? sentence : `${sentence} ${endInWords(sinceMs, untilMs)}`,
      facts: {
        kind: trouble.kind,
        state: untilMs === undefined ? 'open' : 'ended',
        since: new Date(sinceMs).toISOString(),
        ...facts,
        ...ended,
      },
      scope: {
        view: 'ranges',
        ...scope,
        ...(untilMs === undefined ? {} : { toMs: untilMs }),
      },
      revision: untilMs === undefined ? ['open'] : ['ended', String(untilMs)],
    },
    {
      source: 'sweep',
      rule: pipelineGap,
      tenantId: trouble.tenantId,
      lane: LIVE_LANE,
      keyId: subject,
      detectedAtMs: nowMs,
    },
  );
}

function endFacts(sinceMs: number, untilMs: number): Alert['evidence']['facts'] {
  return {
    until: new Date(untilMs).toISOString(),
    seconds: Math.max(0, Math.round((untilMs - sinceMs) / 1000)),
  };
}

function endInWords(sinceMs: number, untilMs: number): string {
  return `It ended at ${momentInWords(untilMs)} UTC, after ${durationInWords(untilMs - sinceMs)}.`;
}

/**
 * The telling of the end of an alert that was told before, perhaps by another member or before a restart.
 * @param isExact whether this process saw it go on until just before; else it may have ended earlier
 */
export function endedAlert(
  { alert }: AlertEvent,
  nowMs: number,
  untilMs: number,
  isExact: boolean,
): AlertEvent {
  const { facts, query } = alert.evidence;
  const sinceMs = Date.parse(String(facts['since'] ?? alert.occurredAt));
  const ended = troubleAlert(
    alert.keyId,
    {
      kind: facts['kind'] as Trouble['kind'],
      severity: alert.severity,
      tenantId: alert.tenantId,
      sinceMs,
      sentence: alert.sentence,
      facts: { ...facts, ...(isExact ? {} : { endedAtTheLatest: true }) },
      window: alert.window,
    },
    nowMs,
    untilMs,
  );
  const { query: _, ...evidence } = ended.alert.evidence;
  return {
    ...ended,
    alert: {
      ...ended.alert,
      evidence: {
        ...evidence,
        facts: { ...evidence.facts, state: 'ended' },
        ...(query === undefined ? {} : { query: until(query, untilMs) }),
      },
    },
  };
}

/** The query of the first telling, with the end that it didn't know. */
function until(query: string, untilMs: number): string {
  return query.includes('\nFROM ranges\n') && query.includes('last_received_at >=')
    ? query.replace('\nORDER BY', `\n  AND first_received_at <= ${sqlTime(untilMs)}\nORDER BY`)
    : query;
}
