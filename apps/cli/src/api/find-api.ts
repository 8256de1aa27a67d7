import { resolve } from 'node:path';
import { readRuntime, type Runtime } from '@keywatch/local-stack';
import { CommandError } from '../command-error.js';
import type { CliSettings } from '../settings.js';
import { ApiClient } from './api-client.js';

/** The stack that runs in the data folder; undefined where none does. */
export function runningStack(
  settings: CliSettings,
  dataDir: string | undefined,
): Promise<Runtime | undefined> {
  return readRuntime(resolve(dataDir ?? settings.KEYWATCH_DATA));
}

/** @throws CommandError that says how to start one, or to name another. */
export async function apiOf(
  settings: CliSettings,
  dataDir: string | undefined,
): Promise<ApiClient> {
  const token = settings.KEYWATCH_API_TOKEN;
  if (settings.KEYWATCH_API_URL !== undefined && dataDir === undefined) {
    return new ApiClient(settings.KEYWATCH_API_URL, token);
  }
  const runtime = await runningStack(settings, dataDir);
  if (runtime === undefined) {
    throw new CommandError(
      `No Keywatch runs in ${resolve(dataDir ?? settings.KEYWATCH_DATA)}. Start one with \`npx keywatch up\`, name its folder with --data, or set KEYWATCH_API_URL.`,
    );
  }
  return new ApiClient(runtime.api, token);
}
