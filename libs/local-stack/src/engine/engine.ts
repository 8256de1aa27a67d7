import { isUtf8 } from 'node:buffer';
import {
  analystDatabase,
  analystSettings,
  type AnalystReach,
  checkAnalystStatement,
} from './analyst-policy.js';
import { type ChdbResult, type Session } from './chdb.js';
import { Connections } from './connections.js';
import { type Role } from './credentials.js';
import { refuse } from './engine-error.js';
import { type InsertStatement, type PlainInsert } from './insert-statement.js';
import { type InsertFiles } from './insert-files.js';
import { engineLanes, type Lane, type Lanes } from './lanes.js';
import { stringLiteral } from './literals.js';
import { type RequestSettings } from './request-settings.js';
import { canStream, isBinaryInsertFormat, rawInsertFormat } from './result-formats.js';
import { type ReadStatement, type Statement, parseStatement } from './statement.js';

/** One statement with everything that a request said about it. */
export interface Query extends RequestSettings {
  readonly role: Role;
  readonly queryId: string;
  /** The statement; of an INSERT perhaps with its first rows. */
  readonly sql: string;
  /** What follows the statement: rows, or more of the statement. */
  readonly data: Buffer;
  /** Aborted when the client has gone: a read is then killed, a change goes on. */
  readonly signal: AbortSignal;
  /** GET requests may only read, as with the server. */
  readonly readOnly: boolean;
}

/** Counters for X-ClickHouse-Summary. */
export interface Summary {
  readonly readRows?: number;
  readonly readBytes?: number;
  readonly writtenRows?: number;
  readonly writtenBytes?: number;
  readonly elapsedSeconds?: number;
}

/** Where the rows go. `begin` is called once, before the first bytes and only when the statement is under way. */
export interface ResultSink {
  begin(format: string, summary: Summary): void;
  /** Resolves when the receiver can take more. */
  write(bytes: Uint8Array): Promise<void>;
}

const KILL_AGAIN_MS = 250;

/** Runs statements on the embedded engine. */
export class Engine {
  private readonly connections: Connections;
  private readonly lanes: Lanes = engineLanes();
  private readonly tableFunctions: ReadonlySet<string>;
  private readonly stopping = new AbortController();

  /**
   * @param control a connection of its own for the engine's own questions.
   * @param open opens another one on the same folder.
   * @param views the database that an analyst may read.
   * @param files for the data of inserts in binary formats.
   */
  constructor(
    private readonly control: Session,
    open: () => Session,
    private readonly views: string,
    private readonly files: InsertFiles,
  ) {
    this.connections = new Connections(open);
    this.tableFunctions = new Set(
      control
        .query('SELECT lower(name) FROM system.table_functions', 'TSVRaw')
        .split('\n')
        .filter((name) => name !== ''),
    );
  }

  /** @throws EngineError, or whatever the engine throws with its own `Code: N.` text. */
  async run(asked: Query, sink: ResultSink): Promise<void> {
    const statement = parseStatement(asked.sql);
    const query = asked.role === 'analyst' ? await this.restricted(statement, asked) : asked;
    if (query.readOnly && statement.kind !== 'read')
      throw refuse(164, 'Cannot execute query in readonly mode: use POST to change something');
    await this.lane(statement, query.role).run(async () => {
      switch (statement.kind) {
        case 'insert':
          return this.insert(statement, query, sink);
        case 'read':
          return this.read(statement, query, sink);
        case 'command':
          return this.command(statement, query, sink);
      }
    }, query.signal);
  }

  /** Kills what only reads, and starts no more of it; inserts and commands go on. */
  stopReads(): void {
    this.stopping.abort(refuse(236, 'The engine is stopping'));
  }

  /** Waits for what runs, then closes every connection. Nothing may be started any more. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.lanes).map((lane) => lane.whenIdle()));
    this.connections.close();
    this.control.close();
    await this.files.close();
  }

  /** What an analyst asks, as far as they may. */
  private async restricted(statement: Statement, query: Query): Promise<Query> {
    const answer = await this.control.queryAsync('SELECT name FROM system.databases', {
      format: 'TSVRaw',
    });
    const reach: AnalystReach = {
      views: this.views,
      databases: new Set(answer.text().split('\n')),
      tableFunctions: this.tableFunctions,
    };
    checkAnalystStatement(statement, reach);
    const database = analystDatabase(query.database, reach);
    return { ...query, database, settings: analystSettings(query.settings) };
  }

  private lane(statement: Statement, role: Role): Lane {
    if (role === 'analyst') return this.lanes.analysts;
    if (statement.kind === 'read') return this.lanes.reads;
    return statement.kind === 'insert' ? this.lanes.inserts : this.lanes.commands;
  }

  private async read(statement: ReadStatement, query: Query, sink: ResultSink): Promise<void> {
    requireParams(statement.placeholders, query.params);
    const sql = withData(query);
    const format = statement.format ?? query.defaultFormat ?? 'TabSeparated';
    const asked = query.settings;
    // The comment finds the query again in system.processes, to kill it.
    const settings = asked.has('log_comment')
      ? asked
      : new Map([['log_comment', stringLiteral(query.queryId)], ...asked]);
    const signal = AbortSignal.any([query.signal, this.stopping.signal]);
    await this.connections.use({ ...query, settings }, false, async (session) => {
      signal.throwIfAborted();
      const killer = asked.has('log_comment') ? undefined : this.killOn(signal, query.queryId);
      try {
        if (statement.streamable && canStream(format, asked.keys()))
          await streamResult(session, sql, format, signal, sink);
        else await sendResult(await session.queryAsync(sql, { format }), format, sink);
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        killer?.();
      }
    });
  }

  private async command(
    statement: Extract<Statement, { kind: 'command' }>,
    query: Query,
    sink: ResultSink,
  ): Promise<void> {
    requireParams(statement.placeholders, query.params);
    const format = statement.format ?? query.defaultFormat ?? 'TabSeparated';
    await this.connections.use(query, statement.changesConnection, async (session) => {
      await sendResult(await session.queryAsync(withData(query), { format }), format, sink);
    });
  }

  private async insert(statement: InsertStatement, query: Query, sink: ResultSink): Promise<void> {
    const { plain } = statement;
    const format = rawInsertFormat(statement.format);
    const values = insertData(statement, query);
    if (values.length === 0) {
      sink.begin(statement.format, {});
      return;
    }
    if (plain !== undefined && isBinaryInsertFormat(statement.format)) {
      await this.insertFromFile(plain, statement.format, query, values, sink);
      return;
    }
    if (plain === undefined || format === undefined) {
      await this.insertAsText(statement, query, values, sink);
      return;
    }
    const settings = new Map([...query.settings, ...plain.settings]);
    await this.connections.use({ ...query, settings }, false, async (session) => {
      const done = await session.insert({
        table: plain.table,
        ...(plain.columns === undefined ? {} : { columns: plain.columns }),
        values,
        format,
      });
      sink.begin(format, {
        writtenRows: done.rowsWritten,
        writtenBytes: done.bytesWritten,
        elapsedSeconds: done.elapsed,
      });
    });
  }

  /** The engine's byte interface takes no binary formats; a file may have any. */
  private async insertFromFile(
    { table, columns, settings: own }: PlainInsert,
    format: string,
    query: Query,
    values: Buffer,
    sink: ResultSink,
  ): Promise<void> {
    const settings = new Map([...query.settings, ...own]);
    const into = columns === undefined ? table : `${table} (${columns.join(', ')})`;
    await this.connections.use({ ...query, settings }, false, (session) =>
      this.files.use(values, async (file) => {
        const sql = `INSERT INTO ${into} FROM INFILE ${file} FORMAT ${format}`;
        const done = await session.queryAsync(sql);
        sink.begin(format, { writtenBytes: values.length, elapsedSeconds: done.elapsed });
      }),
    );
  }

  /** For what the engine's byte interface doesn't take: other text formats, quoted names, column expressions. */
  private async insertAsText(
    statement: InsertStatement,
    query: Query,
    values: Buffer,
    sink: ResultSink,
  ): Promise<void> {
    if (!isUtf8(values))
      throw refuse(
        73,
        `The embedded engine takes ${statement.format} only as text in UTF-8; send JSONEachRow, CSV, TabSeparated or RowBinary`,
      );
    const sql = `${query.sql.slice(0, statement.dataStart).trimEnd()}\n${values.toString()}`;
    await this.connections.use(query, false, async (session) => {
      const done = await session.queryAsync(sql);
      sink.begin(statement.format, { elapsedSeconds: done.elapsed });
    });
  }

  /** Kills the query when the signal says so; again and again, as it may only be about to start. */
  private killOn(signal: AbortSignal, queryId: string): () => void {
    let again: NodeJS.Timeout | undefined;
    const kill = (): void => {
      void this.kill(queryId);
      again ??= setInterval(kill, KILL_AGAIN_MS);
    };
    signal.addEventListener('abort', kill, { once: true });
    return () => {
      signal.removeEventListener('abort', kill);
      clearInterval(again);
    };
  }

  private async kill(queryId: string): Promise<void> {
    try {
      await this.control.queryAsync(
        `KILL QUERY WHERE Settings['log_comment'] = ${stringLiteral(queryId)} ASYNC`,
      );
    } catch {
      // It is tried again, and nobody waits for the answer.
    }
  }
}

/** A statement may go on in the body when its beginning was in the URL. */
function withData(query: Query): string {
  return query.data.length === 0 ? query.sql : `${query.sql}\n${query.data.toString()}`;
}

function insertData(statement: InsertStatement, query: Query): Buffer {
  const inline = query.sql.slice(statement.dataStart);
  if (inline.trim() === '') return query.data;
  const first = Buffer.from(inline);
  return query.data.length === 0 ? first : Buffer.concat([first, Buffer.from('\n'), query.data]);
}

/** A connection may still know a parameter of an earlier statement: what is missing must be found missing. */
function requireParams(names: readonly string[], params: ReadonlyMap<string, string>): void {
  const missing = names.find((name) => !params.has(name));
  if (missing !== undefined) throw refuse(456, `Substitution \`${missing}\` is not set`);
}

async function sendResult(result: ChdbResult, format: string, sink: ResultSink): Promise<void> {
  sink.begin(format, {
    readRows: result.rowsRead,
    readBytes: result.bytesRead,
    elapsedSeconds: result.elapsed,
  });
  const bytes = result.bytes();
  if (bytes.length > 0) await sink.write(bytes);
}

async function streamResult(
  session: Session,
  sql: string,
  format: string,
  signal: AbortSignal,
  sink: ResultSink,
): Promise<void> {
  let begun = false;
  for await (const chunk of session.queryStream(sql, { format, signal })) {
    if (!begun) sink.begin(format, {});
    begun = true;
    await sink.write(chunk.raw());
  }
  if (!begun) sink.begin(format, {});
}
