import { resolve } from 'node:path';
import { createClickHouse, viewsDatabase, type ClickHouse } from '@keywatch/clickhouse';
import { runningStack } from '../api/find-api.js';
import { CommandError } from '../command-error.js';
import type { CliSettings } from '../settings.js';

/** A question may take 30 s of the engine, and longer in the queue before it. */
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * ClickHouse as an analyst sees it: the reading user of the stack that runs in the data folder, or the user that the
 * settings name; names are looked up in the views for people.
 * @throws CommandError where neither is there
 */
export async function connectAnalyst(
  settings: CliSettings,
  dataDir: string | undefined,
): Promise<ClickHouse> {
  const runtime = await runningStack(settings, dataDir);
  const url = runtime?.clickhouse.url ?? settings.KEYWATCH_CLICKHOUSE_URL;
  if (url === undefined) {
    throw new CommandError(
      `No Keywatch runs in ${resolve(dataDir ?? settings.KEYWATCH_DATA)}. Start one with \`npx keywatch up\`, name its folder with --data, or set KEYWATCH_CLICKHOUSE_URL, KEYWATCH_CLICKHOUSE_USER and KEYWATCH_CLICKHOUSE_PASSWORD.`,
    );
  }
  // A server that was given has users of its owner's: the stack knows of no analyst then.
  const { user, password } = runtime?.clickhouse.analyst ??
    runtime?.clickhouse ?? {
      user: settings.KEYWATCH_CLICKHOUSE_USER,
      password: settings.KEYWATCH_CLICKHOUSE_PASSWORD,
    };
  return createClickHouse({
    url,
    user,
    password,
    database: viewsDatabase(settings.KEYWATCH_CLICKHOUSE_DATABASE),
    application: 'keywatch-sql',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
}
