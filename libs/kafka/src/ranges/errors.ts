/**
 * What must not be guessed or tried again: the process ends with this message. kafkajs takes `retriable: false` for
 * "don't restart the consumer".
 */
export class RangeFault extends Error {
  override readonly name: string = 'RangeFault';
  readonly retriable = false;
}

/** The positions of the group, the log and the store don't fit together; an operator must say what is right. */
export class PositionFault extends RangeFault {
  override readonly name = 'PositionFault';
}

/**
 * Thrown by a sink's `build`: this range must not be written, and the partition stops before it until the process is
 * started again.
 */
export class HoldPartition extends Error {
  override readonly name = 'HoldPartition';
}

/** Whether trying again can help. kafkajs marks its errors with `retriable`; a TypeError is ours. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError
  ) {
    return false;
  }
  return (error as { retriable?: unknown }).retriable !== false;
}
