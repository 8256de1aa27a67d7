import { exceptionFor, runbookOf, shortId } from '@keywatch/alerting';
import type { Alert } from '@keywatch/events';

/** What whoever is told of an alert may do next, ready to be pasted. */
export interface NextSteps {
  /** Page that says what the alert means, what to check and what to do. */
  readonly runbook: string;
  /** Command that takes the alert over. */
  readonly acknowledge: string;
  /** Line for `exceptions:` of the settings file, so that the rule says nothing about this key for 90 days. */
  readonly exception: string;
}

/**
 * The same for each telling and each attempt: the exception's days count from the detection.
 * @param runbooks where runbooks lie, as `runbookOf` takes it
 */
export function nextSteps(alert: Alert, runbooks?: string): NextSteps {
  return {
    runbook: runbookOf(alert.rule, runbooks),
    acknowledge: acknowledgeCommand(alert),
    exception: exceptionFor(alert, Date.parse(alert.detectedAt)),
  };
}

/** `keywatch alerts ack 1a2b3c4d --why "..."`; the dots are for the person. */
export function acknowledgeCommand({ alertId }: Pick<Alert, 'alertId'>): string {
  return `keywatch alerts ack ${shortId(alertId)} --why "..."`;
}
