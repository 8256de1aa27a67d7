import type { ClickHouse } from '../client.js';
import { ReportRunner, type ReadOptions } from '../report-runner.js';

/** What a message was, for the set that recognises duplicates. */
export interface StoredIdentity {
  readonly offset: number;
  /** 32 hex digits, as `identityOf` gives them. */
  readonly identity: string;
  readonly crc: number;
  readonly logTimeMs: number;
}

/** Positions of one partition: from `from` up to, not including, `before`. */
export interface IdentityStretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly before: number;
  /** Leaves out messages that arrived earlier, in ms since 1970. */
  readonly sinceMs?: number;
}

/**
 * Identities of all messages of a stretch in order of offset, duplicates included, streamed in batches: about 80 bytes
 * a message on the wire. Together with the log behind it this makes the set of recent identities a function of the log.
 */
export async function* storedIdentities(
  clickhouse: ClickHouse,
  stretch: IdentityStretch,
  options: ReadOptions = {},
): AsyncGenerator<StoredIdentity[]> {
  const { topic, partition, from, before, sinceMs = 0 } = stretch;
  const text = new ReportRunner(clickhouse).text(
    `SELECT offset, lower(hex(identity)), body_crc, toUnixTimestamp64Milli(log_time)
    FROM {{database}}.event_ids
    WHERE topic = {topic:String} AND partition = {partition:UInt32}
      AND offset >= {from:UInt64} AND offset < {before:UInt64}
      AND log_time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
    ORDER BY topic, partition, offset`,
    'TabSeparated',
    { topic, partition, from, before, since: sinceMs },
    { ...options, limits: { maxSeconds: 600, maxResultRows: 0, ...options.limits } },
  );
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines.map(identityOfLine);
  }
  if (rest !== '')
    throw new Error('The answer with stored identities ended in the middle of a row.');
}

function identityOfLine(line: string): StoredIdentity {
  const [offset, identity, crc, logTimeMs] = line.split('\t');
  if (identity?.length !== 32 || logTimeMs === undefined) {
    // An error after the first rows arrives as text in place of a row.
    throw new Error(`The answer with stored identities broke off: ${line.slice(0, 200)}`);
  }
  return { offset: Number(offset), identity, crc: Number(crc), logTimeMs: Number(logTimeMs) };
}
