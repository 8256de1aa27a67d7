import type {
  Completeness,
  PipelineCompleteness,
  TopicCompleteness,
} from '../../apps/cli/src/api/answers.js';

export const COMPLETE: Completeness = {
  state: 'complete',
  completeUpTo: '2026-11-24T12:00:00.500Z',
  lag: { messages: 0, seconds: 0 },
  missing: 0,
  reason: null,
  total: { events: 2000, duplicates: 1, conflicts: 0, deadLetters: 0 },
};

export const UNKNOWN: Completeness = {
  state: 'unknown',
  completeUpTo: null,
  lag: { messages: null, seconds: null },
  missing: null,
  reason: 'Kafka: no broker',
  total: null,
};

/** A topic of one partition: `position` of `end` is in. */
export function topicAt(position: number, end: number): TopicCompleteness {
  const lag = end - position;
  return {
    ...COMPLETE,
    ...(lag === 0 ? {} : { state: 'behind', reason: `${lag} messages` }),
    lag: { messages: lag, seconds: lag === 0 ? 0 : 5 },
    partitions: [{ partition: 0, position, end, lag }],
  };
}

/** Everything is in, and detection has folded up to `detected`. */
export function pipelineAt(
  given: { stored?: number; detected?: number; end?: number; alerts?: TopicCompleteness } = {},
): PipelineCompleteness {
  const { end = 10, stored = end, detected = end, alerts = topicAt(0, 0) } = given;
  return {
    keyEvents: topicAt(stored, end),
    alertEvents: alerts,
    detection: {
      lag: end - detected,
      reason: null,
      partitions: [{ partition: 0, position: detected }],
    },
  };
}
