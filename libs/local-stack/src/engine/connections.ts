import { type Session } from './chdb.js';
import { refuse } from './engine-error.js';
import { bindParams, changeOfSettings, useDatabase } from './request-settings.js';

/** What a statement needs of its connection. */
export interface Wanted {
  readonly settings: ReadonlyMap<string, string>;
  readonly params: ReadonlyMap<string, string>;
  readonly database: string | undefined;
}

/** An open connection and what was set on it. */
interface Connection {
  readonly session: Session;
  settings: ReadonlyMap<string, string>;
  database: string;
}

/** Idle connections kept for reuse. */
const KEEP = 16;
/** A closed connection lives on until the operations that ran beside it end; each holds about 140 kB. */
const MOST_CLOSING = 512;
/** The engine's `default` cannot be dropped, so a connection can always return to it. */
const DEFAULT_DATABASE = 'default';

/**
 * Lends connections to statements. Settings, parameters and the database belong to one statement alone: a connection is
 * set up before it is lent and never lent with anything left over. One that was sealed by `readonly` can't be changed
 * any more and serves only statements with the same settings.
 */
export class Connections {
  private readonly idle: Connection[] = [];
  private readonly operations = new Set<Promise<unknown>>();
  private closing = 0;
  private closed = false;

  constructor(private readonly open: () => Session) {}

  /** @param changes whether the statement leaves its traces on the connection, which is then not used again. */
  async use<T>(
    wanted: Wanted,
    changes: boolean,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const operation = this.lend(wanted, changes, work);
    const settled = operation.then(ignore, ignore);
    this.operations.add(settled);
    try {
      return await operation;
    } finally {
      this.operations.delete(settled);
    }
  }

  /** Closes the idle ones. Lent ones are closed when they come back. */
  close(): void {
    this.closed = true;
    for (const { session } of this.idle.splice(0)) session.close();
  }

  private async lend<T>(
    wanted: Wanted,
    changes: boolean,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const connection = this.take(wanted.settings);
    // A result stream that failed stays open in the engine until its connection is closed.
    let fit = false;
    try {
      await prepare(connection, wanted);
      const result = await work(connection.session);
      fit = true;
      return result;
    } finally {
      if (fit && !changes && !this.closed && this.idle.length < KEEP) this.idle.push(connection);
      else this.discard(connection);
    }
  }

  private take(settings: ReadonlyMap<string, string>): Connection {
    const sealed = settings.has('readonly');
    const at = this.idle.findLastIndex((connection) =>
      sealed || connection.settings.has('readonly')
        ? changeOfSettings(connection.settings, settings) === undefined
        : true,
    );
    const [found] = at < 0 ? [] : this.idle.splice(at, 1);
    if (found !== undefined) return found;
    if (this.closing >= MOST_CLOSING)
      throw refuse(
        202,
        'Too many simultaneous connections: a long statement holds closed ones open',
      );
    const oldest = this.idle.length >= KEEP ? this.idle.shift() : undefined;
    if (oldest !== undefined) this.discard(oldest);
    return { session: this.open(), settings: new Map(), database: DEFAULT_DATABASE };
  }

  private discard({ session }: Connection): void {
    this.closing++;
    session.close();
    void Promise.allSettled([...this.operations]).then(() => this.closing--);
  }
}

const ignore = (): void => undefined;

/** Parameters and database come first: `readonly`, a setting, seals the connection. */
async function prepare(connection: Connection, wanted: Wanted): Promise<void> {
  const { session } = connection;
  const database = wanted.database ?? DEFAULT_DATABASE;
  if (database !== connection.database) {
    await session.queryAsync(useDatabase(database));
    connection.database = database;
  }
  const bind = bindParams(wanted.params);
  if (bind !== undefined) await session.queryAsync(bind);
  const change = changeOfSettings(connection.settings, wanted.settings);
  if (change === undefined) return;
  await session.queryAsync(change);
  connection.settings = new Map(wanted.settings);
}
