import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COMPLETE } from '../../../test/cli/answers.js';
import { FakeServer, sendJson } from '../../../test/cli/fake-server.js';
import { runCommand } from '../../../test/cli/run-command.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keywatch-main-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

describe('help', () => {
  it.each([['--help'], ['help'], ['report', '--help'], ['ranges', 'abandon', '--help']])(
    'is no failure: %s',
    async (...argv) => {
      const { out, err, code } = await runCommand(argv);
      expect(out).toContain('Usage: keywatch');
      expect(err).toBe('');
      expect(code).toBe(0);
    },
  );

  it('names every command', async () => {
    const { out } = await runCommand(['--help']);
    for (const command of [
      'demo',
      'up',
      'import',
      'report',
      'alerts',
      'verify',
      'doctor',
      'detect',
      'topics',
    ])
      expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it('gives the version', async () => {
    expect((await runCommand(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a command that can not be', () => {
  it.each([
    [['nothing'], "unknown command 'nothing'"],
    [['report', 'nothing'], 'There are usage, rotation-age, '],
    [['report', 'revoke-impact'], 'which key? keywatch report revoke-impact KEY'],
    [['report', 'usage', '--group-by', 'colour'], 'Allowed choices are key, tenant, '],
    [['report', 'stale-keys', '--soon-days', '-1'], 'a whole number between 0 and 365'],
    [['report', 'usage', '--nothing'], "unknown option '--nothing'"],
    [['report', 'usage', 'key', 'more'], 'too many arguments'],
    [['report', 'usage', '--limit', 'many'], 'a whole number between 1 and 1000000'],
    [['report', 'usage', '--format', 'xml'], 'one of table, json, csv, html, parquet'],
    [['up', '--port', 'high'], 'a whole number between 0 and 65535'],
    [['up', '--port', '99999'], 'a whole number between 0 and 65535'],
    [['alerts', '--limit', '0'], 'a whole number between 1 and 1000000'],
    [['ranges', 'abandon', 'keywatch.key-events', '0', '1', '2'], '--note'],
    [['ranges', 'abandon', 'key-events', 'first', '1', '2', '--note', 'x'], 'partition'],
    [['ranges', 'abandon', 'other', '0', '1', '2', '--note', 'x'], 'keywatch.key-events'],
  ])('%j ends with 2 and says why', async (argv, words) => {
    const { out, err, code } = await runCommand(argv);
    expect(err).toContain(words);
    expect(err).toMatch(/\n\(keywatch .* shows what (there is|it takes)\)\n$/);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    [['nothing'], 'keywatch help shows what there is'],
    [['up', '--port', 'high'], 'keywatch up --help shows what it takes'],
    [['report', 'usage', '--nothing'], 'keywatch report usage --help shows what it takes'],
    [['alerts', '--sinse', 'x'], 'keywatch alerts list --help shows what it takes'],
  ])('%j leads to the help of what was typed', async (argv, hint) => {
    expect((await runCommand(argv)).err).toContain(`(${hint})`);
  });

  it('says where no stack runs, without a stack trace', async () => {
    const { err, code } = await runCommand(['report', 'usage', '--data', dir]);
    expect(err).toMatch(/^No Keywatch runs in .*npx keywatch up.*\n$/);
    expect(code).toBe(2);
  });

  it('lists every setting that is wrong', async () => {
    const settings = {
      KEYWATCH_API_PORT: 'high',
      KEYWATCH_API_URL: 'nowhere',
      KEYWATCH_API_PROT: '1',
    };
    const { err, code } = await runCommand(['report', 'usage'], settings);
    for (const name of Object.keys(settings)) expect(err).toContain(name);
    expect(err).not.toContain('    at ');
    expect(code).toBe(2);
  });
});

describe('options that may be given several times', () => {
  it('take one value each, so that what follows is not swallowed', async () => {
    const server = await new FakeServer().start();
    server.answer = (_, response) => {
      sendJson(response, 200, { rows: [], completeness: COMPLETE, nextCursor: null, columns: [] });
    };
    const argv = ['report', 'usage', '--key', 'a', '--key', 'b', 'c', '--from', '2026-11-24'];
    const { out, code } = await runCommand(argv, { KEYWATCH_API_URL: server.url });
    await server.stop();
    expect(server.asked[0]?.url).toBe(
      '/api/v1/reports/usage?limit=100&from=2026-11-24&key=c&key=a&key=b',
    );
    expect(out).toContain('Nothing to show.');
    expect(code).toBe(0);
  });
});

describe('a refusal of the API', () => {
  it('is told in its words', async () => {
    const server = await new FakeServer().start();
    server.answer = (_, response) => {
      sendJson(response, 400, { detail: 'severity must be one of info, low' });
    };
    const argv = ['alerts', '--severity', 'worst'];
    const { err, code } = await runCommand(argv, { KEYWATCH_API_URL: server.url });
    await server.stop();
    expect(err).toBe('severity must be one of info, low\n');
    expect(code).toBe(2);
  });
});
