import { classifyInsertError } from '@keywatch/clickhouse';
import { RangeFault } from '@keywatch/kafka';

/**
 * Runs a reading query and sorts its failure: what will never change ends the process, all else may pass and is asked
 * again by the caller.
 */
export async function asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw readFailure(what, error);
  }
}

export function readFailure(what: string, error: unknown): Error {
  const message = `ClickHouse does not say ${what}: ${error instanceof Error ? error.message : String(error)}`;
  return classifyInsertError(error) === 'deterministic'
    ? new RangeFault(message, { cause: error })
    : new Error(message, { cause: error });
}
