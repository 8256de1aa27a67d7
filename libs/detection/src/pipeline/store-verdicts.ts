import { countInWords, sqlText } from '@keywatch/alerting';
import { offsetsInWords } from '@keywatch/events';
import { momentInWords, OWN_TENANT, type Verdict } from './trouble.js';

/** Offsets of a partition that no stored range covers. Times in ms since 1970. */
export interface UncoveredOffsets {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  /** Offset after the last. */
  readonly to: number;
  /** Arrival of the last message stored before, and of the first after. */
  readonly afterMs: number;
  readonly beforeMs: number;
}

/** What lies between ranges that are stored is missing: ranges follow on each other, control records included. */
export function storeVerdict(gap: UncoveredOffsets): Verdict {
  const { topic, partition, from, to, afterMs, beforeMs } = gap;
  return {
    subject: `store/${topic}/${partition}/${from}`,
    untilMs: beforeMs,
    trouble: {
      kind: 'messages-missing',
      severity: 'high',
      tenantId: OWN_TENANT,
      sinceMs: afterMs,
      window: `offsets ${from}-${to}`,
      sentence:
        `No stored range covers ${countInWords(to - from, 'offset')} of ${topic}, partition ${partition} (${offsetsInWords(from, to)}); ` +
        `they arrived between ${momentInWords(afterMs)} and ${momentInWords(beforeMs)} UTC.`,
      facts: { topic, partition, fromOffset: from, toOffset: to, messages: to - from },
      scope: {
        view: 'ranges',
        where: [
          `topic = ${sqlText(topic)}`,
          `partition = ${partition}`,
          `to_offset >= ${from}`,
          `from_offset <= ${to}`,
        ],
      },
    },
  };
}
