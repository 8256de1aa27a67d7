import type { Epoch } from './epoch.js';
import type { Heartbeats } from './heartbeats.js';
import type { RangeContext } from './ports.js';

/** One batch on its way through the protocol. */
export interface Run {
  readonly context: RangeContext;
  readonly epoch: Epoch;
  readonly beats: Heartbeats;
}

/** kafkajs commits under the generation of the moment: ask right before each commit. */
export function owns(context: RangeContext, epoch: Epoch): boolean {
  return !epoch.signal.aborted && context.ownsPartition();
}

/** Whether the batch may still announce and insert. */
export function alive({ context, epoch, beats }: Run): boolean {
  return owns(context, epoch) && !beats.signal.aborted;
}
