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

/** A sink tries again by itself, so what it throws is for good: a bug, or an answer that will never change. */
export function lasting(error: unknown): RangeFault {
  if (error instanceof RangeFault) return error;
  return new RangeFault(error instanceof Error ? error.message : String(error), { cause: error });
}

/** But not where the work was given up, or where a heartbeat's error (kafkajs marks its errors) came through. */
export function lastingUnlessLost(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    if (signal.aborted || (error as { retriable?: unknown }).retriable !== undefined) throw error;
    throw lasting(error);
  };
}
