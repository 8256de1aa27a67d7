import { setTimeout as sleep } from 'node:timers/promises';
import type { AnnouncedRange, Gate } from '@keywatch/kafka';
import type { Log } from '@keywatch/platform';

export interface MigrationSteps {
  /** What the database lacks; `fresh`: it has no tables, so no range can have been written for them. */
  readonly pending: () => Promise<{ readonly fresh: boolean; readonly names: readonly string[] }>;
  readonly migrate: () => Promise<void>;
  /** Ranges of any member that are announced and perhaps written. */
  readonly openRanges: () => Promise<readonly AnnouncedRange[]>;
  readonly log: Log;
  readonly pollMs?: number;
}

/** Milliseconds between two looks at the group's positions. */
const POLL_MS = 500;

/**
 * Before the consumer starts: migrates where no range is open. @returns whether it did; if not, start the consumer with
 * its gate closed (it finishes what is open and begins nothing) and call `migrateWhenSettled`.
 */
export async function migrateIfSettled(steps: MigrationSteps): Promise<boolean> {
  const { fresh, names } = await steps.pending();
  if (names.length > 0 && !fresh && (await steps.openRanges()).length > 0) return false;
  await steps.migrate();
  return true;
}

/**
 * Waits until no range is open, migrates, and opens the gate. A range that was announced for the tables as they are
 * must be finished in them: views that change in between would make other rows of it, or the same rows twice.
 */
export async function migrateWhenSettled(
  steps: MigrationSteps,
  gate: Gate,
  signal: AbortSignal,
): Promise<void> {
  let shown = '';
  for (;;) {
    const open = await steps.openRanges();
    if (open.length === 0) break;
    const names = open.map(({ topic, partition, from }) => `${topic}/${partition}@${from}`).join();
    if (names !== shown) {
      steps.log.info(
        { open: names },
        'A migration waits until open ranges are finished; other members of the group must be stopped for it',
      );
      shown = names;
    }
    await sleep(steps.pollMs ?? POLL_MS, undefined, { signal });
  }
  await steps.migrate();
  gate.open();
}
