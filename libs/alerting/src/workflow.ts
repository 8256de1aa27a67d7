import type { AlertActionEvent, Severity } from '@keywatch/events';
import { severityRank } from './severities.js';

/** One deed: who, when, why. */
export interface Mark {
  /** Id of its event: makes the order of two deeds of one moment the same everywhere. */
  readonly id: string;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  readonly why: string;
  /** Severity of the alert as it was then. */
  readonly severity: Severity;
}

/** What people did about one alert: of each kind of deed the last, and all comments in order. */
export interface AlertHandling {
  readonly acknowledged?: Mark;
  readonly resolved?: Mark;
  readonly reopened?: Mark;
  readonly comments: readonly Mark[];
}

export const UNTOUCHED: AlertHandling = { comments: [] };

/**
 * The handling with one more action. In any order, and however often one comes, the same actions give the same: of each
 * kind the last by (time, event id) stays.
 */
export function withAction(
  handling: AlertHandling,
  { id, action, data }: AlertActionEvent,
): AlertHandling {
  const mark: Mark = { id, by: data.by, at: data.at, why: data.why, severity: data.severity };
  if (action === 'commented')
    return { ...handling, comments: withComment(handling.comments, mark) };
  const before = handling[action];
  return before === undefined || isLater(mark, before) ? { ...handling, [action]: mark } : handling;
}

export const ALERT_STATUSES = ['open', 'acknowledged', 'resolved'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export interface AlertState {
  readonly status: AlertStatus;
  /** The deed that made the status; missing: nobody has touched the alert, or it became more severe since. */
  readonly since?: Mark;
  /** Who works on it, or did before it was resolved. */
  readonly acknowledged?: Mark;
  readonly resolved?: Mark;
  /** Deed that no longer counts, because the alert became more severe after it. */
  readonly outgrown?: Mark;
  readonly comments: number;
}

/**
 * State of an alert. The last deed counts; but who acknowledged or resolved a medium alert has not seen a high one: it is
 * open again as soon as it is told more severe. A telling that isn't changes nothing.
 * @param severity highest severity told
 */
export function stateOf(handling: AlertHandling, severity: Severity): AlertState {
  const { acknowledged, resolved, reopened } = handling;
  const comments = handling.comments.length;
  const last = [acknowledged, resolved, reopened].reduce(later);
  if (last === undefined) return { status: 'open', comments };
  if (last === reopened) return { status: 'open', since: last, comments };
  if (severityRank(last.severity) < severityRank(severity)) {
    return { status: 'open', outgrown: last, comments };
  }
  const current =
    acknowledged !== undefined && (reopened === undefined || isLater(acknowledged, reopened));
  return {
    status: last === resolved ? 'resolved' : 'acknowledged',
    since: last,
    ...(current ? { acknowledged } : {}),
    ...(last === resolved ? { resolved } : {}),
    comments,
  };
}

function later(one: Mark | undefined, other: Mark | undefined): Mark | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return isLater(other, one) ? other : one;
}

function isLater(one: Mark, other: Mark): boolean {
  return byTime(one, other) > 0;
}

function byTime(one: Mark, other: Mark): number {
  const ms = Date.parse(one.at) - Date.parse(other.at);
  if (ms !== 0) return ms;
  return one.id === other.id ? 0 : one.id > other.id ? 1 : -1;
}

function withComment(comments: readonly Mark[], comment: Mark): readonly Mark[] {
  if (comments.some(({ id }) => id === comment.id)) return comments;
  return [...comments, comment].sort(byTime);
}
