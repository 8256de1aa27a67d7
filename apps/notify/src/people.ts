import {
  silencesOver,
  stateOf,
  UNTOUCHED,
  withAction,
  withSilenceEvent,
  type AlertHandling,
  type AlertState,
  type SilenceRecord,
} from '@keywatch/alerting';
import {
  ALERT_RAISED,
  decodeAlertLogEvent,
  OWNER_NOTICE_RAISED,
  type Alert,
  type AlertActionEvent,
  type LogMessage,
  type Silence,
} from '@keywatch/events';

/** What people have asked for, as far as it is known. */
export interface People {
  /** The silences that hold at a moment in ms and cover the alert. */
  silencesOver(alert: Alert, atMs: number): readonly Silence[];
  /** What people did about the alert, seen from the severity it has now. */
  stateOf(alert: Alert): AlertState;
}

export interface PeopleLimits {
  /** Silences kept; beyond it those made known first are forgotten, so that more is told rather than less. */
  readonly silences: number;
  /** Alerts whose handling is kept (310 bytes each with one deed and a reason of full length); beyond it those that were touched longest ago are forgotten. */
  readonly alerts: number;
  /** Milliseconds that a silence is kept after its end: alerts are judged by when they were logged. */
  readonly afterEndMs: number;
}

/** Characters of a reason that are kept for the log of what was not told. */
const WHY_CHARACTERS = 120;

/** As producers of this project write them. In a JSON text these bytes can't be part of a value. */
const TOLD_TO_PEOPLE = [ALERT_RAISED, OWNER_NOTICE_RAISED].map((type) => `"type":"${type}"`);

/** Silences and the handling of alerts, folded in memory from the alert log. In any order the same events give the same. */
export class AskedByPeople implements People {
  private readonly silences = new Map<string, SilenceRecord>();
  private readonly handlings = new Map<string, AlertHandling>();

  constructor(private readonly limits: PeopleLimits) {}

  /** Takes in a message of the alert log; what is neither silence nor action is left alone. */
  add(message: LogMessage): void {
    const { value } = message;
    // Nearly all of the log is what was told: it need not be decoded.
    if (value === null || TOLD_TO_PEOPLE.some((mark) => value.includes(mark))) return;
    const decoded = decodeAlertLogEvent(message);
    if (decoded.kind !== 'ok') return;
    const { kind, event } = decoded.event;
    if (kind === 'silence') {
      const { silenceId } = event.data;
      this.silences.set(silenceId, withSilenceEvent(this.silences.get(silenceId) ?? {}, event));
      drop(this.silences, this.limits.silences);
    } else if (kind === 'action') this.addAction(event);
  }

  silencesOver(alert: Alert, atMs: number): readonly Silence[] {
    return silencesOver(alert, this.silences.values(), atMs);
  }

  stateOf(alert: Alert): AlertState {
    return stateOf(this.handlings.get(alert.alertId) ?? UNTOUCHED, alert.severity);
  }

  /**
   * Forgets silences that are over for long. One that was ended early is kept to the end it was made with: if its
   * beginning came once more it would hold again.
   */
  forgetOver(nowMs: number): void {
    for (const [id, { created, ended }] of this.silences) {
      const endMs = Date.parse(created?.endsAt ?? ended?.at ?? '');
      if (endMs + this.limits.afterEndMs < nowMs) this.silences.delete(id);
    }
  }

  /** How many silences and handled alerts are known. */
  get size(): { readonly silences: number; readonly alerts: number } {
    return { silences: this.silences.size, alerts: this.handlings.size };
  }

  private addAction(event: AlertActionEvent): void {
    // A comment asks for nothing.
    if (event.action === 'commented') return;
    const { alertId } = event.data;
    const before = this.handlings.get(alertId) ?? UNTOUCHED;
    const brief = { ...event, data: { ...event.data, why: beginning(event.data.why) } };
    this.handlings.delete(alertId);
    this.handlings.set(alertId, withAction(before, brief));
    drop(this.handlings, this.limits.alerts);
  }
}

/** A copy: a slice would keep the whole text in memory. */
function beginning(text: string): string {
  return Buffer.from(text.slice(0, WHY_CHARACTERS)).toString();
}

function drop(map: Map<string, unknown>, limit: number): void {
  if (map.size <= limit) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
