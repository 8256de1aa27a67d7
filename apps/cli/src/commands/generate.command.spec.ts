import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeKeyEvent } from '@keywatch/events';
import { FakeApi } from '../../../../test/cli/fake-api.js';
import { runCommand, type Ran } from '../../../../test/cli/run-command.js';
import { parseAnomalies } from './generate.command.js';

const SMALL = ['--keys', '20', '--days', '1', '--rate', '0.01', '--end', '2026-11-24'];

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keywatch-generate-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

const generating = (...argv: string[]): Promise<Ran> => runCommand(['generate', ...SMALL, ...argv]);

describe('anomalies', () => {
  it('are asked for by name and count', () => {
    expect(parseAnomalies('stale-key=3, multi-environment-use=2')).toEqual({
      'stale-key': 3,
      'multi-environment-use': 2,
    });
    expect(parseAnomalies('none')).toEqual({});
  });

  it.each(['stale-key', 'stale-key=', 'stale-key=x', 'nothing=1', '', 'stale-key=-1'])(
    'are not %j',
    (text) => {
      expect(() => parseAnomalies(text)).toThrow(/is not NAME=COUNT with one of .*stale-key/);
    },
  );
});

describe('generating', () => {
  it('writes key events that are taken as such, and says how many', async () => {
    const { out, err, code } = await generating();
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(100);
    const kinds = lines.map((line) => decodeKeyEvent({ value: Buffer.from(line) }).kind);
    expect(new Set(kinds)).toEqual(new Set(['ok']));
    expect(err).toContain(`${lines.length.toLocaleString('en-US')} events, `);
    expect(code).toBe(0);
  });

  it('gives the same events for the same seed and end, and others for another', async () => {
    const first = await generating('--seed', '7');
    expect((await generating('--seed', '7')).out).toBe(first.out);
    expect((await generating('--seed', '8')).out).not.toBe(first.out);
  });

  it('writes events and the truth to files', async () => {
    const [out, truth] = [join(dir, 'events.jsonl'), join(dir, 'truth.json')];
    const { err } = await generating('--anomalies', 'stale-key=2', '--out', out, '--truth', truth);
    const planted = JSON.parse(await readFile(truth, 'utf8')) as { rule: string }[];
    expect(planted.map(({ rule }) => rule)).toEqual(['stale-key', 'stale-key']);
    const events = (await readFile(out, 'utf8')).trimEnd().split('\n').length;
    expect(err).toBe(`${events.toLocaleString('en-US')} events, 2 planted anomalies (${truth}).\n`);
  });

  it('plants nothing where none is asked for', async () => {
    expect((await generating('--anomalies', 'none')).err).toContain('0 planted anomalies');
  });

  it.each(['--out', '--truth'])('says that the file of %s can not be written', async (option) => {
    const path = join(dir, 'missing', 'file');
    const { err, code } = await generating(option, path);
    expect(err).toContain(`${path} can't be written: its folder does not exist`);
    expect(code).toBe(2);
  });

  it.each([
    [['--keys', '0'], 'at least 1'],
    [['--days', '0'], 'between 0.1 and 3660'],
    [['--rate', '0'], 'above 0'],
    [['--end', 'tomorrow'], '2026-11-24T12:00:00Z'],
    [['--anomalies', 'x=1'], 'NAME=COUNT'],
    [['--anomalies', 'stale-key=21'], '21 are asked of 20 keys'],
    [['--publish', '--out', 'x'], 'cannot be used with'],
  ])('refuses %j', async (argv, words) => {
    const { err, out, code } = await generating(...argv);
    expect(err).toContain(words);
    expect(err).not.toContain('    at ');
    expect(out).toBe('');
    expect(code).toBe(2);
  });
});

describe('publishing generated events', () => {
  let api: FakeApi;

  beforeEach(async () => {
    api = new FakeApi();
    await api.start();
  });

  afterEach(() => api.stop());

  it('sends all of them in the lane that is asked for', async () => {
    const argv = ['generate', ...SMALL, '--publish', '--lane', 'trial'];
    const { err, code } = await runCommand(argv, api.settings);
    expect(err).toContain(`${api.events.length.toLocaleString('en-US')} events, `);
    expect(api.events.length).toBeGreaterThan(100);
    expect(new Set(api.events.map(({ lane }) => lane))).toEqual(new Set(['trial']));
    expect(code).toBe(0);
  });

  it('ends at Ctrl-C with 130 and says what was published', async () => {
    api.onBatch = () => {
      process.emit('SIGINT');
    };
    const argv = ['generate', ...SMALL, '--rate', '0.05', '--publish'];
    const { err, code } = await runCommand(argv, api.settings);
    expect(err).toBe('Ended early: 1,000 events published.\n');
    expect(code).toBe(130);
  });
});
