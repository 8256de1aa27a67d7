/** What whoever gets the alert needs to know and do; a page is made of it. Each text is one or two sentences. */
export interface Runbook {
  /** What usually lies behind it, the dangerous and the harmless. */
  readonly means: string;
  /** What to look at, in order. */
  readonly check: readonly string[];
  /** What to do, in order. */
  readonly act: readonly string[];
  /** What makes false alarms, and the setting or exception that stops them. */
  readonly falseAlarms: readonly string[];
}
