import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createClickHouse,
  deadLetterRow,
  IntakeWriter,
  keyEventRow,
  migrate,
  rangeRow,
  ReportRunner,
  type ClickHouse,
} from '@keywatch/clickhouse';
import {
  decodeKeyEvent,
  encodeKeyEvent,
  identityOf,
  TOPICS,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { startEngine } from '@keywatch/local-stack';

export const TOPIC = TOPICS.keyEvents.name;

/** A migrated database on a real engine of its own. */
export interface Database {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly clickhouse: ClickHouse;
  readonly runner: ReportRunner;
  /** Stores events as one range of partition 0, arrived at `logTimeMs`. Returns the offset after them. */
  store(events: readonly OutgoingKeyEvent[], logTimeMs: number): Promise<number>;
  stop(): Promise<void>;
}

export async function startDatabase(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'keywatch-api-'));
  const engine = await startEngine({ dataDir: folder, log: () => undefined });
  const { url, user, password } = engine;
  const clickhouse = createClickHouse({ url, user, password, database: 'keywatch' });
  await migrate(clickhouse, { target: 'embedded' });
  const writer = new IntakeWriter(clickhouse, 'key_event_intake');
  let next = 0;
  return {
    url,
    user,
    password,
    clickhouse,
    runner: new ReportRunner(clickhouse),
    async store(events, logTimeMs) {
      const from = next;
      let deadLetters = 0;
      const rows = events.map((outgoing) => {
        const value = Buffer.from(encodeKeyEvent(outgoing).value);
        const decoded = decodeKeyEvent({ value });
        const position = { topic: TOPIC, partition: 0, offset: next++, logTimeMs };
        if (decoded.kind === 'ok') {
          const { tenantId, source, id } = decoded.event;
          return keyEventRow(decoded.event, position, identityOf(tenantId, source, id), 0);
        }
        if (decoded.kind === 'drop') throw new Error(`dropped: ${decoded.reason}`);
        deadLetters += 1;
        const message = { key: Buffer.from(outgoing.subject), value };
        return deadLetterRow('key_event_intake', decoded, position, message, 0);
      });
      const range = rangeRow(
        'key_event_intake',
        { topic: TOPIC, partition: 0, from, to: next },
        {
          messages: rows.length,
          events: rows.length - deadLetters,
          duplicates: 0,
          conflicts: 0,
          deadLetters,
          dropped: 0,
          firstLogTimeMs: logTimeMs,
          lastLogTimeMs: logTimeMs,
        },
      );
      await writer.write([...rows, range], `${TOPIC}/0/${from}-${next}`);
      return next;
    },
    async stop() {
      await clickhouse.close();
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
