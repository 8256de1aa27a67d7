import {
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
} from '@clickhouse/client';

import { checkedDatabase } from './schema/migration-sql.js';

export interface ClickHouseSettings {
  /** For example http://127.0.0.1:8123. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** Where the tables are. */
  readonly database?: string;
  /** An answer that takes longer is given up, in ms; an insert is then re-sent with its token. */
  readonly requestTimeoutMs?: number;
  /** Sockets to the server at most. */
  readonly maxConnections?: number;
  /** Shown in the server's query log. */
  readonly application?: string;
}

/** Clients of one server, and the database the tables are in. */
export interface ClickHouse {
  /** Works before the database exists; names in its SQL are written with their database. */
  readonly client: ClickHouseClient;
  /** The same server, where a table's name alone is looked up in the database. */
  readonly reader: ClickHouseClient;
  readonly database: string;
  close(): Promise<void>;
}

export const DEFAULT_DATABASE = 'keywatch';
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * The stock client over HTTP, whatever answers: a server or the embedded engine's front. Opens nothing until it is
 * used.
 */
export function createClickHouse(settings: ClickHouseSettings): ClickHouse {
  const database = checkedDatabase(settings.database ?? DEFAULT_DATABASE);
  const client = createClient(clientOptions(settings));
  const reader = createClient({ ...clientOptions(settings), database });
  return {
    client,
    reader,
    database,
    close: async () => {
      await Promise.all([client.close(), reader.close()]);
    },
  };
}

function clientOptions(settings: ClickHouseSettings): ClickHouseClientConfigOptions {
  return {
    url: settings.url,
    username: settings.user ?? 'default',
    password: settings.password ?? '',
    application: settings.application ?? 'keywatch',
    request_timeout: settings.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    max_open_connections: settings.maxConnections ?? 10,
    // Compressing an insert costs more than sending it over loopback or a data centre's network.
    compression: { request: false, response: false },
    keep_alive: {
      enabled: true,
      // Servers close idle sockets after 3 s (before 23.11) or later, Node's own server after 5 s. A socket the other
      // side has closed gives ECONNRESET to the next request: close ours first, also when a busy loop is late with it.
      idle_socket_ttl: 2_000,
      eagerly_destroy_stale_sockets: true,
    },
    // Errors reach the caller, who logs them with what they mean.
    log: { level: ClickHouseLogLevel.OFF },
  };
}
