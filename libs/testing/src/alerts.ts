import {
  alertReference,
  type Alert,
  type AlertAction,
  type AlertActionEvent,
  type AlertEvent,
  type OwnerNotice,
  type Silence,
} from '@keywatch/events';

/** An alert as detect raises it. For specs. */
export function anAlert(over: Partial<Alert> = {}): Alert {
  return {
    alertId: 'a'.repeat(32),
    fingerprint: 'b'.repeat(32),
    rule: 'stale-key',
    ruleVersion: 1,
    severity: 'medium',
    tenantId: 'acme',
    lane: 'live',
    keyId: 'key_42',
    window: 'v1/90d',
    title: 'Key not rotated',
    sentence: 'key_42 was not rotated for 95 days.',
    occurredAt: '2026-03-01T10:00:00.000Z',
    detectedAt: '2026-03-01T10:00:00.000Z',
    historical: false,
    evidence: {
      facts: {
        ageDays: 95,
        callers: ['production 203.0.113.0/24 curl/8'],
        lastUsed: '2026-02-28T09:00:00.000Z',
      },
    },
    owner: { id: 'ann', email: 'ann@example.com', team: 'core' },
    ...over,
  };
}

export function anAlertEvent(over: Partial<Alert> = {}): AlertEvent {
  const alert = anAlert(over);
  return { id: `${alert.alertId}:1`, source: 'sweep', alert };
}

export function aNotice(alerts: Alert[], email = 'ann@example.com'): OwnerNotice {
  return {
    noticeId: 'c'.repeat(32),
    rule: 'stale-key',
    asOf: '2026-03-01T10:00:00.000Z',
    owner: { id: 'ann', email, team: 'core' },
    alerts,
  };
}

/** What somebody did about `anAlert()`. */
export function anAlertAction(
  action: AlertActionEvent['action'],
  over: Partial<AlertAction> = {},
  id = `${action}:1`,
): AlertActionEvent {
  return {
    id,
    source: 'api',
    action,
    data: {
      ...alertReference(anAlert(), 'medium'),
      by: 'ann',
      at: '2026-03-01T11:00:00.000Z',
      why: 'known: it is rotated on Monday',
      ...over,
    },
  };
}

/** A silence over all alerts of one rule, for a week from when `anAlert()` was detected. */
export function aSilence(over: Partial<Silence> = {}): Silence {
  return {
    silenceId: 'e'.repeat(32),
    matchers: { rule: 'stale-key' },
    startsAt: '2026-03-01T10:00:00.000Z',
    endsAt: '2026-03-08T10:00:00.000Z',
    by: 'ann',
    at: '2026-03-01T10:00:00.000Z',
    why: 'migration week',
    ...over,
  };
}
