import type { StoredPosition } from '../log/stored-ranges.js';
import type { LogPartition } from './context.js';
import { fine, grouped, wrong, type Finding } from './finding.js';

/**
 * Compares what the broker has with what the database has. A lag is no fault: it is said and passes.
 * @param stored positions of the same topics
 */
export function checkPositions(
  log: readonly LogPartition[],
  stored: readonly StoredPosition[],
): Finding[] {
  const byPartition = new Map(stored.map((position) => [nameOf(position), position]));
  const lost: string[] = [];
  const beyond: string[] = [];
  const eaten: string[] = [];
  let lag = 0;
  for (const partition of log) {
    const { start, end, committed } = partition;
    const position = byPartition.get(nameOf(partition));
    const to = position?.contiguousTo ?? 0;
    lag += Math.max(0, end - Math.max(to, start));
    const where = nameOf(partition);
    if (position !== undefined && position.to > end) {
      beyond.push(`${where}: stored up to ${position.to}, the log ends at ${end}`);
    } else if (
      committed !== undefined &&
      committed > Math.max(to, position === undefined ? start : 0)
    ) {
      lost.push(`${where}: committed ${committed}, stored up to ${to}`);
    } else if (position !== undefined ? start > to : start > 0 && committed === undefined) {
      eaten.push(`${where}: the log begins at ${start}, stored up to ${to}`);
    }
  }
  const findings: Finding[] = [];
  if (lost.length > 0) {
    findings.push(
      wrong(
        'log-positions',
        'Positions are committed that the database does not have',
        lost.length,
        lost,
        'Stop ingest and start it again: it goes on from the stored ranges while the log still has the messages. If the database was restored from an older backup, that is expected.',
      ),
    );
  }
  if (beyond.length > 0) {
    findings.push(
      wrong(
        'log-positions',
        'The database is ahead of the log: the topic was re-created or truncated',
        beyond.length,
        beyond,
        'Make sure that the broker is the right one; then record the new beginning with keywatch topics adopt.',
      ),
    );
  }
  if (eaten.length > 0) {
    findings.push(
      wrong(
        'log-positions',
        'Retention has removed messages that were never stored',
        eaten.length,
        eaten,
        'They are lost to this database. Record it with keywatch ranges abandon, and give the topic a longer retention or ingest more time.',
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [
    fine(
      'log-positions',
      `${log.length} partitions; ${lag === 0 ? 'everything in the log is stored' : `${grouped(lag)} messages of the log are not stored yet`}`,
    ),
  ];
}

/** Name of a partition as it is shown, for example `keywatch.key-events/3`. */
export function nameOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}
