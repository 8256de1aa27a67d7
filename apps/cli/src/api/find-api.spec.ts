import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimFolder, type ClaimedFolder } from '@keywatch/local-stack';
import { cliSettings, type CliSettings } from '../settings.js';
import { apiOf } from './find-api.js';

const ADDRESSES = {
  brokers: ['127.0.0.1:9092'],
  clickhouse: { url: 'http://127.0.0.1:8123', user: 'u', password: 'p' },
  api: 'http://127.0.0.1:4100',
};

let dir: string;
let claimed: ClaimedFolder | undefined;
let settings: CliSettings;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keywatch-find-'));
  claimed = undefined;
  settings = { ...cliSettings(), KEYWATCH_DATA: dir, KEYWATCH_API_URL: undefined };
});

afterEach(async () => {
  await claimed?.release();
  await rm(dir, { recursive: true, force: true });
});

describe('the API', () => {
  it('is that of the stack which runs in the data folder', async () => {
    claimed = await claimFolder(dir);
    await claimed.publish(ADDRESSES);
    expect((await apiOf(settings, undefined)).url).toBe(ADDRESSES.api);
  });

  it('is the one that the settings name, but for a folder that is named', async () => {
    claimed = await claimFolder(dir);
    await claimed.publish(ADDRESSES);
    const elsewhere = { ...settings, KEYWATCH_API_URL: 'https://keywatch.example.com' };
    expect((await apiOf(elsewhere, undefined)).url).toBe('https://keywatch.example.com');
    expect((await apiOf(elsewhere, dir)).url).toBe(ADDRESSES.api);
  });

  it('that does not run is told with three ways out', async () => {
    await expect(apiOf(settings, undefined)).rejects.toThrow(
      `No Keywatch runs in ${dir}. Start one with \`npx keywatch up\`, name its folder with --data, or set KEYWATCH_API_URL.`,
    );
  });
});
